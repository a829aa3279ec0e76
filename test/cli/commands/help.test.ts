import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { examplesOf } from '../../../src/cli/examples.ts';
import { processPorts } from '../../../src/cli/process-ports.ts';
import { buildProgram } from '../../../src/cli/program.ts';
import { PROVIDER_TYPES } from '../../../src/providers/index.ts';
import { laneway } from './harness.ts';

const program = buildProgram(
  processPorts({}, undefined, {
    providerTypes: async () => [],
    checkProviders: async () => [],
  }),
  '',
);

function pathsOf(command: Command, path: readonly string[] = []): (readonly string[])[] {
  return [path, ...command.commands.flatMap((child) => pathsOf(child, [...path, child.name()]))];
}

function commandAt(path: readonly string[]): Command {
  return path.reduce((above, name) => above.commands.find((each) => each.name() === name)!, program);
}

test.each(pathsOf(program).map((path) => [path.join(' '), path] as const))(
  'laneway %s --help fits 80 columns and has an example that names the command',
  async (_, path) => {
    const { code, stdout, stderr } = await laneway([...path, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    const [help = '', examples = ''] = stdout.split(/\nExamples?:\n/);
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(help).toContain('--json');
    expect(examples).toContain(['laneway', ...path].join(' '));
  },
);

test.each(
  pathsOf(program).flatMap((path) => examplesOf(commandAt(path)).map((example) => [example] as const)),
)('the example "%s" names commands and options that exist', async (example) => {
  const line = example.replace(/^source <\((.*)\)$/, '$1').replace(/ [<>] \S+$/, '');
  const { stderr } = await laneway([...line.split(' ').slice(1), '--url', 'http://127.0.0.1:9'], {
    input: 'fake',
  });
  expect(stderr).not.toMatch(/unknown|argument|invalid/);
});

test('providers add --help lists every provider type', async () => {
  const { stdout } = await laneway(['providers', 'add', '--help']);
  for (const { settings } of PROVIDER_TYPES) expect(stdout).toContain(settings.type);
});

test.each([
  [['swich'], 'Did you mean switch?'],
  [['providers', 'lst'], 'Did you mean list?'],
  [['config', 'validat'], 'Did you mean validate?'],
  [['nodes', '--jsno'], 'Did you mean --json?'],
  [['frobnicate'], "unknown command 'frobnicate'"],
])('%j is exit 2 with the nearest, and nothing on standard output', async (args, words) => {
  const { code, stdout, stderr } = await laneway(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(words);
});

test('completion is made from the program, and an unknown shell is exit 2', async () => {
  const json = await laneway(['completion', 'bash', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ shell: 'bash' });
  const bash = await laneway(['completion', 'bash']);
  expect(bash.stdout).toContain(`'providers add') words='--type -t --base-url`);
  expect(bash.stdout).toMatch(/'completion'\) words='bash zsh fish /);
  expect((await laneway(['completion', 'zsh'])).stdout).toMatch(/^#compdef laneway\n[^]*'--rollback:/);
  expect((await laneway(['completion', 'fish'])).stdout).toMatch(/-f -a switch -d 'assign a node/);
  expect((await laneway(['completion', 'tcsh'])).code).toBe(2);
});

test('completion does not offer what a command refuses, or what belongs to another of the same name', async () => {
  const fish = (await laneway(['completion', 'fish'])).stdout;
  expect(fish).toContain(
    `-n '__fish_seen_subcommand_from explain; and not __fish_seen_subcommand_from config' -l tokens -s t -r -d`,
  );
  const bash = (await laneway(['completion', 'bash'])).stdout;
  expect(bash).toMatch(/'audit'\) words='verify export --limit -l --before /);
  expect(bash).toMatch(/'audit export'\) words='--csv --data-dir -d --help -h --json /);
});

test('a flag that takes a value in one command only is not skipped over in the others', async () => {
  for (const shell of ['bash', 'zsh']) {
    const { stdout } = await laneway(['completion', shell]);
    const [, valued = ''] = /\n +(--url\|[^)]*)\) skip=1/.exec(stdout) ?? [];
    expect(valued.split('|')).toContain('--limit');
    expect(valued.split('|')).not.toContain('-l');
  }
});
