/**
 * The house rules, each a function from source files to complaints. They look at syntax trees, so that a rule about
 * code does not trip over comments and strings that speak of it.
 */
import { dirname, join, normalize } from 'node:path/posix';
import ts from 'typescript';

/** A file as the rules see it: its path from the root of the project, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

export type Rule = (files: readonly Source[]) => string[];

export function source(path: string, text: string): Source {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true) };
}

/** From the ground up: a layer may import those before it. `kernel` is narrower; see `mayImport`. */
const layers = [
  'base',
  'history',
  'spec',
  'checkers',
  'kernel',
  'schedule',
  'property',
  'explore',
  'report',
  'runner',
  'viewer',
  'vitest',
  'cli',
];

/** The lowest layer that may import a package. */
const packageFloors: Readonly<Record<string, string>> = {
  immer: 'kernel',
  'fast-check': 'schedule',
  zod: 'history',
  'edn-data': 'history',
  'json-diff': 'report',
  vitest: 'vitest',
  cac: 'cli',
};

/** Layers that import nothing of Node's, so that they run anywhere and alike. */
const pureLayers = ['base', 'spec', 'kernel', 'schedule', 'property'];

interface Import {
  readonly specifier: string;
  readonly line: number;
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

const lineOf = (node: ts.Node): number => {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
};

/** Everything a file imports or exports from elsewhere: values, types and `import()` alike. */
function importsOf({ tree }: Source): Import[] {
  const found: Import[] = [];
  walk(tree, (node) => {
    let specifier: ts.Node | undefined;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) specifier = node.moduleSpecifier;
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      specifier = node.arguments[0];
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      specifier = node.argument.literal;
    if (specifier && ts.isStringLiteral(specifier))
      found.push({ specifier: specifier.text, line: lineOf(node) });
  });
  return found;
}

/** The path of a relative import from the root of the project; undefined for packages. */
const target = (path: string, specifier: string): string | undefined =>
  specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : undefined;

const layerOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];
const packageOf = (specifier: string) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;

/** Why a file may not import another, or undefined. */
function relativeComplaint(path: string, to: string): string | undefined {
  if (/^(models|properties)\//.test(path)) {
    const fine = to === 'src/index.ts' || /^properties\//.test(to) || dirname(to) === dirname(path);
    return fine ? undefined : 'models and properties know only the public surface';
  }
  if (!path.startsWith('src/')) return undefined;
  if (!to.startsWith('src/')) return 'src knows nothing outside src';
  if (to === 'src/index.ts') return 'the public surface is for users of src';
  const [from, onto] = [layerOf(path), layerOf(to)];
  if (from === undefined || from === onto) return undefined;
  const [high, low] = [layers.indexOf(from), layers.indexOf(onto ?? '')];
  if (low < 0) return `'${onto}' is not a layer`;
  if (low > high) return `${onto} is above ${from}`;
  if (from === 'kernel' && onto === 'checkers') return 'the kernel knows base, history and spec only';
  return undefined;
}

function packageComplaint(path: string, specifier: string): string | undefined {
  const layer = layerOf(path);
  if (layer === undefined) return undefined;
  const rank = layers.indexOf(layer);
  if (specifier.startsWith('node:')) {
    return pureLayers.includes(layer) ? `${layer} is pure: it knows nothing of Node` : undefined;
  }
  const floor = packageFloors[packageOf(specifier)];
  return floor !== undefined && rank < layers.indexOf(floor)
    ? `${packageOf(specifier)} is for ${floor} and above`
    : undefined;
}

/** Imports point only upward in the list of layers. */
export const importDirection: Rule = (files) =>
  files.flatMap((file) => {
    const { path } = file;
    const unknown =
      layerOf(path) !== undefined && !layers.includes(layerOf(path) ?? '')
        ? [`${path}: '${layerOf(path)}' is not a layer`]
        : [];
    const complaints = importsOf(file).flatMap(({ specifier, line }) => {
      const to = target(path, specifier);
      const why = to === undefined ? packageComplaint(path, specifier) : relativeComplaint(path, to);
      return why === undefined ? [] : [`${path}:${line} imports ${specifier}: ${why}`];
    });
    return [...unknown, ...complaints];
  });

/** No file imports itself by way of others, types included. Each cycle is told once. */
export const noCycles: Rule = (files) => {
  const edges = new Map(
    files.map((file) => [
      file.path,
      importsOf(file).flatMap(({ specifier }) => target(file.path, specifier) ?? []),
    ]),
  );
  const complaints: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      complaints.push(`${[...path.slice(start), file].join(' → ')}: a cycle`);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of edges.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const { path: file } of files) visit(file);
  return complaints;
};

/** One complaint for each node of the tree for which `found` names a fault. */
const eachNode =
  (applies: (path: string) => boolean, found: (node: ts.Node) => string | undefined): Rule =>
  (files) =>
    files
      .filter(({ path }) => applies(path))
      .flatMap(({ path, tree }) => {
        const complaints: string[] = [];
        walk(tree, (node) => {
          const fault = found(node);
          if (fault !== undefined) complaints.push(`${path}:${lineOf(node)} ${fault}`);
        });
        return complaints;
      });

const impure = new Set([
  'Date',
  'Promise',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
]);

const asksForPromise = ({ parent }: ts.Node) =>
  ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword;

/**
 * Kernel, models and properties have no time, randomness or concurrency but their own. Two places name what is
 * forbidden, both in order to refuse it in handlers: kernel/guard.ts does so in strings, which are no code, and the
 * kernel may ask whether a handler's result is a promise (`instanceof Promise`).
 */
export const pureKernel: Rule = eachNode(
  (path) => /^(src\/kernel|models|properties)\//.test(path),
  (node) => {
    if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) return 'is asynchronous';
    if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') return 'uses Math.random';
    if (!ts.isIdentifier(node) || !impure.has(node.text)) return undefined;
    if (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) return undefined;
    if (node.text === 'Promise' && asksForPromise(node)) return undefined;
    return `uses ${node.text}`;
  },
);

export const noAny: Rule = eachNode(
  () => true,
  (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? "has the type 'any'" : undefined),
);

/** Names are the same everywhere; vitest.config.ts must have a default export, so the tool demands it. */
export const noDefaultExport: Rule = eachNode(
  (path) => path !== 'vitest.config.ts',
  (node) => {
    const exportsDefault =
      ts.isExportAssignment(node) ||
      node.kind === ts.SyntaxKind.DefaultKeyword ||
      (ts.isExportSpecifier(node) && node.name.text === 'default');
    return exportsDefault && !(node.parent && ts.isDefaultClause(node.parent))
      ? 'has a default export'
      : undefined;
  },
);

const testFunctions = new Set(['test', 'it', 'describe', 'suite', 'bench']);
const muted = new Set(['only', 'skip', 'todo', 'fails']);

/** Every test runs: none alone, none left out, none promised. `skipIf` may say what a test needs. */
export const everyTestRuns: Rule = eachNode(
  () => true,
  (node) => {
    if (!ts.isPropertyAccessExpression(node) || !muted.has(node.name.text)) return undefined;
    const root = /^\w+/.exec(node.expression.getText())?.[0] ?? '';
    return testFunctions.has(root) ? `marks a test with .${node.name.text}` : undefined;
  },
);

/** The comments of a file: what stands before its tokens. */
function commentsOf({ tree, text }: Source): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = [];
  const visit = (node: ts.Node) => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const children = node.getChildren(tree);
    if (children.length > 0) {
      for (const child of children) visit(child);
      return;
    }
    const trivia = text.slice(node.pos, node.getStart(tree));
    if (trivia.includes('/'))
      found.push({ text: trivia, line: tree.getLineAndCharacterOfPosition(node.pos).line + 1 });
  };
  visit(tree);
  return found;
}

/** Work left undone is told in the tracker, not in comments. */
export const noMarkers: Rule = (files) =>
  files.flatMap((file) =>
    commentsOf(file).flatMap(({ text, line }) => {
      const marker = /\b(TODO|FIXME|XXX|HACK)\b/.exec(text)?.[0];
      return marker === undefined ? [] : [`${file.path}:${line} has the marker ${marker}`];
    }),
  );

/** `src/index.ts` only exports. */
export const surfaceWithoutLogic: Rule = (files) =>
  files
    .filter(({ path }) => path === 'src/index.ts')
    .flatMap(({ path, tree }) =>
      tree.statements
        .filter((statement) => !ts.isExportDeclaration(statement) || !statement.moduleSpecifier)
        .map((statement) => `${path}:${lineOf(statement)} is not an export from elsewhere`),
    );

export const mostLines = 400;

/** Long files are split. `allowed` gives a reason for each file that is not yet; a needless permission is a complaint too. */
export const notTooLong =
  (allowed: Readonly<Record<string, string>>): Rule =>
  (files) => {
    const long = files
      .filter(({ path, text }) => path.startsWith('src/') && text.trimEnd().split('\n').length > mostLines)
      .map(({ path }) => path);
    return [
      ...long.filter((path) => !(path in allowed)).map((path) => `${path} has more than ${mostLines} lines`),
      ...Object.keys(allowed)
        .filter((path) => !long.includes(path))
        .map((path) => `${path} needs no permission to be long`),
    ];
  };

/** The lock file leaves open where packages come from, so that it works behind any registry. */
export function lockComplaints(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      /"resolved"\s*:/.test(line) ? [`package-lock.json:${index + 1} has a "resolved" field`] : [],
    );
}

const machinePath = /(?<![\w.~-])(?:\/(?:home|Users|root|work|tmp|private|mnt)\/\w|[A-Z]:\\\w)/;

/** No text of the project names a place on somebody's machine. */
export function pathComplaints(path: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      machinePath.test(line) ? [`${path}:${index + 1} names a path on a machine`] : [],
    );
}
