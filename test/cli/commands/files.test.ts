import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SHIPPED } from '../../config/files.ts';
import { numberedSwitch, openForTest, temporaryFolder } from '../../store/harness.ts';
import { writeConfig } from '../../support/config-files.ts';
import { laneway } from './harness.ts';

test('config validate accepts the shipped configuration without a gateway, and says what it has checked', async () => {
  const { code, stdout, stderr } = await laneway(['config', 'validate'], { configDirectory: SHIPPED });
  expect([code, stdout]).toEqual([0, 'valid\n']);
  expect(stderr).toContain('without a gateway');
});

test('config validate refuses a directory that does not exist, which may be misspelt', async () => {
  const args = ['config', 'validate', '--config-dir', '/nonexistent/conifg'];
  const { code, stdout, stderr } = await laneway(args);
  expect([code, stdout, stderr]).toEqual([2, '', '--config-dir: /nonexistent/conifg does not exist\n']);
});

test('config validate checks the shipped configuration where the usual directory does not exist, and says so', async () => {
  const { code, stderr } = await laneway(['config', 'validate'], { configDirectory: '/nonexistent/config' });
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining('/nonexistent/config does not exist, so the shipped'),
  ]);
});

test('config validate lists every fault of files and profiles, exit 1', async () => {
  const folder = temporaryFolder();
  writeConfig(folder, {
    'user_models.json': { nodes: { evaluate: { modle: 'groq/x' } } },
    'user_profiles/mine.json': { lanes: { coder: { prefered: [] } } },
  });
  const args = ['config', 'validate', '--config-dir', join(folder, 'config')];
  const { code, stdout } = await laneway(args);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /fault \S+user_models\.json: nodes\.evaluate\.modle: unknown key; did you mean "model"\?\n/,
  );
  expect(stdout).toMatch(/fault \S+mine\.json: lanes\.coder\.prefered: [^]*\ninvalid: 2 faults\n$/);
  const json = JSON.parse((await laneway([...args, '--json'])).stdout) as { faults: unknown[] };
  expect(json).toMatchObject({ valid: false, warnings: [] });
  expect(json.faults).toHaveLength(2);
});

test('config validate warns of a program and a folder that do not exist here, which is no fault', async () => {
  const folder = temporaryFolder();
  const gone = join(folder, 'gone');
  const engine = { command: ['no-such-server', '--port', '{port}'] };
  writeConfig(folder, {
    'models.json': { providers: { p: { type: 'llamacpp', models_dir: gone, engine } } },
  });
  const args = ['config', 'validate', '--config-dir', join(folder, 'config')];
  const { code, stdout } = await laneway(args, { variables: { PATH: folder } });
  expect(code).toBe(0);
  expect(stdout).toContain(`warning providers.p.models_dir: there is no folder ${gone}; `);
  expect(stdout).toContain(
    'warning providers.p.engine.command: there is no program "no-such-server" on the PATH; ',
  );
});

test('config schema prints the schema of the files', async () => {
  const { stdout } = await laneway(['config', 'schema']);
  expect(JSON.parse(stdout)).toHaveProperty('properties.lanes');
});

test('audit export prints every row, oldest first: as lines, as one JSON value or as CSV', async () => {
  const dataDirectory = join(temporaryFolder(), 'data');
  const store = await openForTest(dataDirectory);
  await store.assign(numberedSwitch(1));
  await store.assign({ ...numberedSwitch(2), reason: '=1+1, "quoted"' });
  const lines = await laneway(['audit', 'export'], { dataDirectory });
  const rows = lines.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(rows).toMatchObject([
    { seq: 1, action: 'switch' },
    { seq: 2, to: 'groq/model-2' },
  ]);
  const json = await laneway(['audit', 'export', '--json'], { dataDirectory });
  expect(JSON.parse(json.stdout)).toEqual(rows);
  const csv = await laneway(['audit', 'export', '--csv'], { dataDirectory });
  expect(csv.stdout).toMatch(/^seq,at,actor,action,subject,user,from,to,reason,hash\n1,/);
  expect(csv.stdout).toContain(`,"'=1+1, ""quoted""",`);
});

test('audit verify --json says whether the chain is intact; without a state file it is exit 3', async () => {
  const dataDirectory = join(temporaryFolder(), 'data');
  const none = await laneway(['audit', 'verify'], { dataDirectory });
  expect(none).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('does not exist') });
  const store = await openForTest(dataDirectory);
  await store.assign(numberedSwitch(1));
  const { stdout } = await laneway(['audit', 'verify', '--json'], { dataDirectory });
  expect(JSON.parse(stdout)).toEqual({ intact: true, rows: 1, fault: null });
});

test.each([
  ['export', ['--limit', '2']],
  ['export', ['--before', '5']],
  ['verify', ['-l', '2']],
])('audit %s with %j is exit 2: it works on the whole log', async (verb, options) => {
  for (const args of [
    ['audit', verb, ...options],
    ['audit', ...options, verb],
  ]) {
    const { code, stdout, stderr } = await laneway(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^audit ${verb} works on the whole log: leave out --(limit|before), `));
  }
});
