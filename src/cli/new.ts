/** `clew new`: a first model with its spec, an invariant, a planted bug and its test, to be changed into one's own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { type ExitCode, exitCode, type RegisterCommand } from './command.ts';

export const registerNew: RegisterCommand = (cli) => {
  cli.command('new <name>', 'Begin a model: models/NAME.ts and test/NAME.test.ts').action(begin);
};

/** With longer names the lines of the model would be too long. */
const longestName = 30;

async function begin(name: string): Promise<ExitCode> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > longestName) {
    throw new UsageError(
      `new ${name}: expected a name of lower-case words joined by hyphens, such as my-lock, of at most ${longestName} characters`,
    );
  }
  const identifier = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  if (reserved.has(identifier)) {
    throw new UsageError(
      `new ${name}: the file would have two things named ${identifier}; expected another name`,
    );
  }
  const own = isOwnRepository();
  const files: readonly (readonly [file: string, text: string])[] = [
    [join('models', `${name}.ts`), modelText(name, identifier, own ? '../src/index.ts' : 'clew')],
    [
      join('test', `${name}.test.ts`),
      testText(
        name,
        identifier,
        own ? ['../src/index.ts', '../src/vitest/protocol-test.ts'] : ['clew', 'clew/vitest'],
      ),
    ],
  ];
  const there = files.find(([file]) => existsSync(file));
  if (there) throw new UsageError(`${there[0]} exists; expected a name that is not taken`);
  for (const [file, text] of files) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
  }
  const clew = own ? 'npm run -s clew --' : 'npx clew';
  process.stdout.write(
    [
      ...files.map(([file]) => file),
      '',
      ...(hasVitest() ? [] : ['npm install --save-dev vitest        which the test needs']),
      `npx vitest run test/${name}.test.ts        the model survives, its planted bug is caught`,
      `${clew} fuzz ${name} --mutant answers-before-persist        the story of that bug`,
      '',
    ].join('\n'),
  );
  return exitCode.holds;
}

/** Whether Vitest, which clew does not bring along, can be found from here. */
function hasVitest(): boolean {
  try {
    createRequire(join(process.cwd(), 'test', 'any.ts')).resolve('vitest/package.json');
    return true;
  } catch {
    return false;
  }
}

/** Whether the working directory is clew's own, whose models import its sources. */
function isOwnRepository(): boolean {
  if (!existsSync('package.json') || !existsSync(join('src', 'index.ts'))) return false;
  return (JSON.parse(readFileSync('package.json', 'utf8')) as { name?: unknown }).name === 'clew';
}

/** What the template imports or declares itself, and words that cannot name a thing. */
const reserved = new Set(
  'always crash linearizable model pause protocol reorder spec typed cell forgetful durability check expect test modelTest'
    .concat(
      ' break case catch class const continue debugger default delete do else enum export extends false finally for',
    )
    .concat(
      ' function if import in instanceof let new null return super switch this throw true try typeof var void while',
    )
    .concat(' with yield await static package private public interface arguments eval undefined')
    .split(' '),
);

const modelText = (
  name: string,
  identifier: string,
  clew: string,
): string => `/** ${name}: one value, kept by the first node. Make the spec what clients should see, the handlers your protocol. */
import { always, crash, linearizable, model, pause, protocol, reorder, spec, typed } from '${clew}';

const cell = spec({
  name: '${name}',
  init: () => ({ value: 0 }),
  ops: { read: (state) => state.value, write: (state, value: number) => void (state.value = value) },
});

type Message = { type: 'read'; call: number } | { type: 'write'; call: number; value: number };

const forgetful = { story: 'The keeper answers before its disk is durable.', source: 'the missing fsync' };

export const ${identifier} = protocol({
  name: '${name}',
  implements: cell,
  message: typed<Message>(),
  mutants: { 'answers-before-persist': forgetful },
  disk: () => ({ value: 0 }), // What outlives a crash, up to the last persist().
  memory: () => ({}),
  client: {
    read: (_, { id }, { nodes, send }) => send(nodes[0]!, { type: 'read', call: id }),
    write: (_, { id, input }, { nodes, send }) => send(nodes[0]!, { type: 'write', call: id, value: input }),
  },
  on: {
    read: ({ disk }, { call }, { reply }) => reply(call, disk.value),
    write({ disk }, { call, value }, { mutant, note, persist, reply }) {
      disk.value = value;
      if (mutant !== 'answers-before-persist') persist();
      note('answered', value);
      reply(call);
    },
  },
});

/** Judged after every step; a sentence tells what is wrong. Notes outlive crashes, unlike what nodes remember. */
export const durability = always(${identifier}, 'no answer is forgotten', ({ nodes, notes }) => {
  const last = notes.at(-1);
  return !last || nodes[0]?.disk.value === last.value || \`the answered write of \${last.value} is forgotten\`;
});

export const ${identifier}Model = model(${identifier}, {
  nodes: 3,
  nemeses: [crash(), pause(), reorder()],
  properties: [durability, linearizable(cell)],
});
`;

const testText = (
  name: string,
  identifier: string,
  [clew, vitest]: readonly string[],
): string => `import { expect, test } from 'vitest';
${[
  [clew, 'check'],
  [vitest, 'modelTest'],
  [`../models/${name}.ts`, `${identifier}Model`],
]
  // As a formatter sorts them: packages before files.
  .sort(([a = ''], [b = '']) => Number(a.startsWith('.')) - Number(b.startsWith('.')) || (a < b ? -1 : 1))
  .map(([from, what]) => `import { ${what} } from '${from}';`)
  .join('\n')}

modelTest('${name} survives', ${identifier}Model, { runs: 2000 });

test('the planted bug is caught', async () => {
  const options = { mutant: 'answers-before-persist', seed: 1, runs: 2000 };
  const { verdict, failure } = await check(${identifier}Model, options);
  expect(verdict).toBe('violated');
  expect(failure?.property).toBe('no answer is forgotten');
});
`;
