/** `clew new`: a first model with its spec, an invariant, a planted bug and its test, to be changed into one's own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { type ExitCode, exitCode, type RegisterCommand } from './command.ts';

export const registerNew: RegisterCommand = (cli) => {
  cli.command('new <name>', 'Begin a model: models/NAME.ts and test/NAME.test.ts').action(begin);
};

async function begin(name: string): Promise<ExitCode> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new UsageError(
      `new ${name}: expected a name of lower-case words joined by hyphens, such as my-lock`,
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
      `npx vitest run test/${name}.test.ts        the model survives, its planted bug is caught`,
      `${clew} fuzz ${name} --mutant answers-before-persist        the story of that bug`,
      '',
    ].join('\n'),
  );
  return exitCode.holds;
}

/** Whether the working directory is clew's own, whose models import its sources. */
function isOwnRepository(): boolean {
  if (!existsSync('package.json') || !existsSync(join('src', 'index.ts'))) return false;
  return (JSON.parse(readFileSync('package.json', 'utf8')) as { name?: unknown }).name === 'clew';
}

/** What the template imports or declares itself, and words that cannot name a thing. */
const reserved = new Set(
  'always client crash drop duplicate linearizable model partition pause protocol reorder spec typed cell check expect test modelTest noAnswerIsForgotten'
    .concat(
      ' break case catch class const continue debugger default delete do else enum export extends false finally for',
    )
    .concat(
      ' function if import in instanceof let new null return super switch this throw true try typeof var void while',
    )
    .concat(' with yield await static package private public interface arguments eval undefined')
    .split(' '),
);

const modelText = (name: string, identifier: string, clew: string): string => `/**
 * ${name}: one value on several nodes. The first node keeps it, the others pass on what they are asked.
 * Change the spec into what your clients should see, and the handlers into your protocol.
 */
import {
  always, type CallId, client, crash, drop, duplicate, linearizable, model, partition, pause, protocol, reorder, spec, typed,
} from '${clew}';

/** What clients should see: the single-threaded program one wishes one had. */
const cell = spec({
  name: '${name}',
  init: () => ({ value: 0 }),
  ops: {
    read: (state) => state.value,
    write: (state, value: number) => void (state.value = value),
  },
});

type Message = { type: 'read'; call: CallId } | { type: 'write'; call: CallId; value: number };

export const ${identifier} = protocol({
  name: '${name}',
  story: 'The first node keeps a value for all; the others pass on what they are asked.',
  implements: cell,
  message: typed<Message>(),
  mutants: {
    'answers-before-persist': {
      story: 'The keeper answers a write that is not on its disk yet, and a crash makes it forget it.',
      source: 'The oldest bug there is: an acknowledgement before the fsync',
    },
  },
  /** What outlives a crash, up to the last persist(). The calls done are kept, since a request may come twice. */
  disk: (): { value: number; done: CallId[] } => ({ value: 0, done: [] }),
  memory: () => ({}),
  client: {
    read: (_state, { id }, { nodes, send }) => send(nodes[0]!, { type: 'read', call: id }),
    write: (_state, { id, input }, { nodes, send }) => send(nodes[0]!, { type: 'write', call: id, value: input }),
  },
  on: {
    read: ({ disk }, { call }, { reply }) => reply(call, disk.value),
    write({ disk }, { call, value }, { persist, note, reply, mutant }) {
      if (!disk.done.includes(call)) {
        disk.value = value;
        disk.done.push(call);
        if (mutant !== 'answers-before-persist') persist();
      }
      note('answered', call);
      reply(call);
    },
  },
});

/** Judged after every step; a sentence tells what is wrong. Notes outlive crashes, unlike what nodes remember. */
export const noAnswerIsForgotten = always(${identifier}, 'no answered write is forgotten', ({ nodes, notes }) => {
  const [keeper] = nodes;
  const forgotten = notes.find(({ name, value }) => name === 'answered' && !keeper?.disk.done.includes(value as CallId));
  return forgotten ? \`\${keeper?.id} answered call \${forgotten.value} and does not know of it any more\` : true;
});

export const ${identifier}Model = model(${identifier}, {
  nodes: 3,
  nemeses: [crash(), drop(), duplicate(), partition(), pause(), reorder(), client()],
  properties: [noAnswerIsForgotten, linearizable(cell)],
});
`;

const testText = (
  name: string,
  identifier: string,
  [clew, vitest]: readonly string[],
): string => `import { expect, test } from 'vitest';
import { check } from '${clew}';
import { modelTest } from '${vitest}';
import { ${identifier}Model } from '../models/${name}.ts';

modelTest('${name} keeps its properties under its faults', ${identifier}Model, { runs: 2000 });

test('the planted bug is caught', async () => {
  const { verdict, failure } = await check(${identifier}Model, { mutant: 'answers-before-persist', seed: 1, runs: 2000 });
  expect(verdict).toBe('violated');
  expect(failure?.property).toBe('no answered write is forgotten');
});
`;
