// Runs many command lines in one process, since starting one costs more than most of them. Reads a list of
// { cwd, words } from standard input and prints what a shell would have seen of each.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../../src/cli/main.ts');
let input = '';
for await (const chunk of process.stdin) input += chunk;
const finished = [];
const write = { stdout: process.stdout.write, stderr: process.stderr.write };
for (const { cwd, words } of JSON.parse(input)) {
  const seen = { code: 0, stdout: '', stderr: '' };
  process.chdir(cwd);
  process.exitCode = 0;
  const say = console.info;
  for (const stream of ['stdout', 'stderr']) {
    process[stream].write = (text) => {
      seen[stream] += text;
      return true;
    };
  }
  console.info = (text) => {
    seen.stdout += `${text}\n`;
  };
  await main(['node', 'clew', ...words.split(' ').filter(Boolean)]);
  for (const stream of ['stdout', 'stderr']) process[stream].write = write[stream];
  console.info = say;
  seen.code = process.exitCode;
  finished.push(seen);
}
process.exitCode = 0;
process.stdout.write(JSON.stringify(finished));
