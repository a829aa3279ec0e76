import { type Reference, readSource, type SourceFacts } from './read.ts';

/**
 * Who may import what in src (docs/architecture.md). A word is a folder, or one file of it; after `type` only
 * `import type` is allowed. A folder's own files are always allowed to it.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  util: [],
  wire: ['protocol', 'util'],
  config: ['protocol', 'util'],
  routing: ['protocol', 'util'],
  providers: ['protocol', 'wire', 'util'],
  registry: ['protocol', 'config', 'type routing', 'providers/provider.ts', 'util'],
  store: ['protocol', 'util'],
  execution: ['protocol', 'wire', 'routing', 'providers/provider.ts', 'util'],
  engines: ['protocol', 'type routing', 'providers/provider.ts', 'util'],
  http: [
    'protocol',
    'wire',
    'execution',
    'registry',
    'routing',
    'engines',
    'store/store.ts',
    'type config',
    'util',
  ],
  cli: ['config', 'protocol', 'store', 'util'],
  demo: ['util'],
  console: ['type http'],
  // Parts of src/app.ts.
  app: [
    'cli',
    'config',
    'engines',
    'execution',
    'http',
    'protocol',
    'providers',
    'registry',
    'routing',
    'store',
    'util',
    'wire',
  ],
};

/** The list of all wires, which imports each of them. */
const WIRE_LIST = 'src/wire/wires.ts';
/** A folder of src/wire is a wire if it has its own file, or files, with the wire. */
const WIRE_FILE = /^src\/wire\/[^/]+\/wires?\.ts$/;
/** Wires that are a variant of another, and use its folder. */
const WIRE_VARIANTS: Readonly<Record<string, string>> = {
  'anthropic-count-tokens': 'anthropic-messages',
  'ollama-generate': 'ollama-chat',
  'openai-completions': 'openai-chat',
};
/** Files that write another wire's form, since their own wire is built on it. */
const WIRE_BORROWERS: readonly string[] = ['src/wire/ollama-chat/encode/messages.ts'];

/** Files at the top of src that wire everything together. */
const WIRING = ['src/app.ts', 'src/main.ts'];
/** The mains: the gateway's, and the command line's, which is a process of its own. */
const ENVIRONMENT_READERS = ['src/main.ts', 'src/cli/main.ts'];
const PROVIDER_LIST = 'src/providers/index.ts';
/** Folders of src/providers that are no provider types: all types may use them, they may use no type. */
const SHARED_BY_PROVIDERS = ['connection', 'failure'];
/** The one provider type that its siblings may build on. */
const BASE_PROVIDER = 'openai-wire';
/** Packages that belong to one folder. */
const OWNED_PACKAGES: Readonly<Record<string, string>> = {
  'better-sqlite3': 'src/store/',
  undici: 'src/providers/',
};
const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 80;
const FILE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;

/** Checks files by path (`src/…`, with forward slashes) and returns one sentence for every broken rule. */
export function checkArchitecture(files: ReadonlyMap<string, string>): string[] {
  const sources = [...files].map(([path, text]) => readSource(path, text));
  return [...sources.flatMap(checkFile), ...betweenWires(sources), ...circles(sources)];
}

function checkFile(source: SourceFacts): string[] {
  return [
    ...names(source),
    ...sizes(source),
    ...source.references.flatMap((reference) => checkReference(source.path, reference)),
    ...source.anyLines.map((line) => `${source.path}:${line} says any: name the type, or take unknown`),
    ...source.undocumented.map(
      ({ name, line }) => `${source.path}:${line} exports ${name} without a docstring: say what it is for`,
    ),
    ...(ENVIRONMENT_READERS.includes(source.path) ? [] : source.environmentLines).map(
      (line) => `${source.path}:${line} reads the environment: only src/main.ts does, take it as an argument`,
    ),
  ];
}

function names({ path }: SourceFacts): string[] {
  const wrong = path.split('/').filter((part) => !FILE_NAME.test(part));
  const faults = wrong.map((part) => `${path}: ${part} is not kebab-case: rename it`);
  if (path.endsWith('/index.ts') && path !== PROVIDER_LIST) {
    faults.push(`${path} is a barrel: import from the files themselves`);
  }
  const folder = folderOf(path);
  if (folder === null ? !WIRING.includes(path) : !(folder in MAY_IMPORT)) {
    faults.push(
      `${path} is in no folder of the import table: move it, or add the folder to the import table of docs/architecture.md`,
    );
  }
  return faults;
}

function sizes({ path, lines, functions }: SourceFacts): string[] {
  const faults = functions
    .filter((each) => each.lines > MAX_FUNCTION_LINES)
    .map(
      (each) =>
        `${path}:${each.line} ${each.name} has ${each.lines} lines, ${MAX_FUNCTION_LINES} at most: split it`,
    );
  if (lines > MAX_FILE_LINES)
    faults.push(`${path} has ${lines} lines, ${MAX_FILE_LINES} at most: split it by subject`);
  return faults;
}

function checkReference(path: string, reference: Reference): string[] {
  const { target, line } = reference;
  const owner = OWNED_PACKAGES[target.split('/')[0] ?? ''];
  if (owner !== undefined && !path.startsWith(owner)) {
    return [`${path}:${line} imports ${target}, which only ${owner} may: go through that folder's interface`];
  }
  if (!target.startsWith('src/')) return [];
  // The mains wire the list of providers to what needs it.
  if (target === PROVIDER_LIST && ENVIRONMENT_READERS.includes(path)) return [];
  const faults: string[] = [];
  if (reference.reExport && path !== PROVIDER_LIST) {
    faults.push(`${path}:${line} re-exports ${target}: import it where it is declared`);
  }
  const from = folderOf(path);
  if (from === null) return faults;
  const reason = from === folderOf(target) ? withinFolder(path, target) : acrossFolders(from, reference);
  if (reason !== null) faults.push(`${path}:${line} imports ${target}: ${reason}`);
  return faults;
}

function acrossFolders(from: string, { target, typesOnly }: Reference): string | null {
  const allowed = MAY_IMPORT[from] ?? [];
  const covers = (word: string): boolean => target === `src/${word}` || target.startsWith(`src/${word}/`);
  if (allowed.some((word) => covers(word))) return null;
  const byType = allowed.some((word) => word.startsWith('type ') && covers(word.slice(5)));
  if (byType && typesOnly) return null;
  if (byType) return `${from} takes only types from there: write import type`;
  return `${from} may import ${allowed.length > 0 ? allowed.join(', ') : 'nothing else in src'}: take it as an argument, and let src/app.ts wire it`;
}

/** Provider types know no siblings but the base one, and shared files know no type; only the list names them all. */
function withinFolder(path: string, target: string): string | null {
  if (folderOf(path) !== 'providers' || path === PROVIDER_LIST) return null;
  if (target === PROVIDER_LIST) return 'only src/app.ts and src/main.ts need the list of providers';
  const [own, other] = [path, target].map((each) => each.split('/').slice(2, -1)[0]);
  if (other === undefined || other === own || SHARED_BY_PROVIDERS.includes(other)) return null;
  if (own === undefined || SHARED_BY_PROVIDERS.includes(own)) {
    return `shared code of providers knows no provider type: move what both need to ${SHARED_BY_PROVIDERS.join(' or ')}`;
  }
  if (other === BASE_PROVIDER) return null;
  return `a provider builds on no other but ${BASE_PROVIDER}: move what both need there`;
}

/** A wire uses no other wire's folder, except a variant; what several need is in shared folders. */
function betweenWires(sources: readonly SourceFacts[]): string[] {
  const wires = new Set(
    sources
      .map(({ path }) => path)
      .filter((path) => WIRE_FILE.test(path))
      .map(wireOf),
  );
  return sources.flatMap(({ path, references }) => {
    const own = wireOf(path);
    if (own === null || path === WIRE_LIST || WIRE_BORROWERS.includes(path)) return [];
    return references
      .filter(({ target }) => {
        const other = wireOf(target);
        return wires.has(other) && other !== own && WIRE_VARIANTS[own] !== other;
      })
      .map(
        ({ target, line }) =>
          `${path}:${line} imports ${target}: a wire uses no other wire's folder: move what both need to src/wire/chat or src/wire/fields`,
      );
  });
}

/** `openai-chat` of `src/wire/openai-chat/x.ts`; null for a file in no folder of src/wire. */
function wireOf(path: string): string | null {
  return /^src\/wire\/([^/]+)\/./.exec(path)?.[1] ?? null;
}

/** `http` of `src/http/routes/x.ts`; null for a file at the top of src. */
function folderOf(path: string): string | null {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? null) : null;
}

/** Import circles, type-only imports included: each is reported once, from its first file in alphabetical order. */
function circles(sources: readonly SourceFacts[]): string[] {
  const graph = new Map(
    sources.map(({ path, references }) => [path, references.map(({ target }) => target)]),
  );
  const faults: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      const circle = [...trail.slice(seenAt), path];
      faults.push(`import circle ${circle.join(' → ')}: move what both need into a file of its own`);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of [...graph.keys()].sort()) walk(path, []);
  return faults;
}
