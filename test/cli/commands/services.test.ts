import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fakeGateway, laneway, refusal } from './harness.ts';
import { realGateway } from './real-gateway.ts';

const GROQ = {
  ...{
    id: 'groq',
    name: 'Groq',
    type: 'groq',
    base_url: 'https://api.groq.com',
    local: false,
    enabled: true,
  },
  ...{
    source: 'database',
    key: { set: true, from: 'secret:groq' },
    status: 'available',
    status_detail: null,
  },
  ...{ validated_at: null, model_count: 12, created_at: null, updated_at: null },
};
const PROVIDERS = '/api/v1/llm/providers';
const FAKE_KEY = 'fake-key-0001';

function fileWith(content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-cli-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, 'file.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('providers lists them with status, key and address; what is wrong follows in full', async () => {
  const box = {
    ...GROQ,
    id: 'box',
    status: 'unreachable',
    status_detail: 'refused the connection',
    key: { set: false, from: null },
  };
  const { url } = await fakeGateway({ [`GET ${PROVIDERS}`]: { json: { providers: [GROQ, box] } } });
  for (const verb of [[], ['list']]) {
    const { code, stdout } = await laneway(['providers', ...verb, '--url', url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\ngroq +groq +available +12 +secret:groq +database +https:\/\/api\.groq\.com\n/);
    expect(stdout).toMatch(/\n\n {2}box: refused the connection\n$/);
  }
});

test('providers add sends the key from standard input, and never prints it', async () => {
  const gateway = await fakeGateway({ [`POST ${PROVIDERS}`]: { status: 201, body: GROQ } });
  const args = ['providers', 'add', 'groq', '-t', 'groq', '--base-url', 'https://x/v1', '--key-stdin'];
  const ran = await laneway([...args, '--url', gateway.url], { input: `${FAKE_KEY}\n` });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^added groq\n/) });
  expect(gateway.calls[0]?.body).toEqual({
    id: 'groq',
    type: 'groq',
    base_url: 'https://x/v1',
    api_key: FAKE_KEY,
  });
  expect(JSON.stringify(ran)).not.toContain(FAKE_KEY);
  const typed = await laneway([...args, '--url', gateway.url], {
    ...{ terminal: { inputIsTerminal: true, interactive: true }, answer: FAKE_KEY },
  });
  expect(typed.stderr).toContain('Key of groq: ');
  expect(gateway.calls[1]?.body).toMatchObject({ api_key: FAKE_KEY });
  const empty = await laneway([...args, '--url', gateway.url], { input: '\n' });
  expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('empty') });
  const missing = await laneway(['providers', 'add', 'groq']);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('--type') });
});

test('providers validate is exit 1 when the provider cannot be used', async () => {
  const bad = {
    valid: false,
    latency_ms: 31,
    model_count: null,
    error: { code: 'upstream_auth', message: 'refused the key' },
  };
  const good = { valid: true, latency_ms: 31, model_count: 12, error: null };
  const { url } = await fakeGateway({
    [`POST ${PROVIDERS}/a/validate`]: { json: bad },
    [`POST ${PROVIDERS}/b/validate`]: { json: good },
  });
  const refused = await laneway(['providers', 'validate', 'a', '--url', url]);
  expect(refused).toMatchObject({
    code: 1,
    stdout: 'a: invalid in 31 ms: refused the key (upstream_auth)\n',
  });
  const usable = await laneway(['providers', 'validate', 'b', '--url', url]);
  expect(usable).toMatchObject({ code: 0, stdout: 'b: valid in 31 ms, 12 models\n' });
});

test('providers models and remove make their calls; a refusal to remove is exit 1 with the reason', async () => {
  const gateway = await fakeGateway({
    [`GET ${PROVIDERS}/a/models?refresh=1`]: {
      json: {
        models: [{ model_id: 'm', name: 'M', status: 'available', capabilities: { context_length: 8192 } }],
      },
    },
    [`DELETE ${PROVIDERS}/a`]: refusal(409, 'in_use', 'a is used by evaluate'),
    [`DELETE ${PROVIDERS}/a?force=1`]: { status: 204 },
  });
  const at = ['--url', gateway.url];
  const models = await laneway(['providers', 'models', 'a', '--refresh', ...at]);
  expect(models.stdout).toMatch(/\nm +available +8192 +M\n$/);
  const refused = await laneway(['providers', 'remove', 'a', ...at]);
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: 'a is used by evaluate\n' });
  const removed = await laneway(['providers', 'remove', 'a', '--force', '--json', ...at]);
  expect([removed.code, JSON.parse(removed.stdout)]).toEqual([0, { removed: 'a' }]);
});

test('secrets are set from standard input or a prompt, listed without values, and removed', async () => {
  const gateway = await fakeGateway({
    'GET /api/secrets': { json: { secrets: [{ name: 'groq', version: 2, readable: false }] } },
    'PUT /api/secrets/groq': { json: { name: 'groq', version: 2, generation: 7 } },
    [`GET ${PROVIDERS}`]: { json: { providers: [GROQ] } },
    'DELETE /api/secrets/groq': { status: 204 },
  });
  const at = ['--url', gateway.url];
  const set = await laneway(['secrets', 'set', 'groq', ...at], { input: FAKE_KEY });
  expect(set).toMatchObject({ code: 0, stdout: 'stored groq, version 2\ngeneration 7\n', stderr: '' });
  expect(gateway.calls[0]?.body).toEqual({ value: FAKE_KEY });
  expect((await laneway(['secrets', ...at])).stdout).toMatch(/\ngroq +2 +not readable: set it again\n$/);
  expect((await laneway(['secrets', 'remove', 'groq', ...at])).stdout).toBe('removed groq\n');
  const asArgument = await laneway(['secrets', 'set', 'groq', FAKE_KEY, ...at]);
  expect(asArgument.code).toBe(2);
});

test.each([
  [['secrets', 'set', 'groq', FAKE_KEY]],
  [['providers', 'add', 'groq', '--type', 'groq', '--key-stdin', FAKE_KEY]],
  [['providers', 'add', 'groq', '--type', 'groq', `--api-key=${FAKE_KEY}`]],
  [['secrets', 'set', 'groq', `--value=${FAKE_KEY}`]],
])('a key among the arguments is refused, and not printed: %j', async (args) => {
  const { code, stdout, stderr } = await laneway([...args, '--url', 'http://127.0.0.1:1']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/too many arguments[^]*standard input|unknown option '--\S+'/);
  expect(stderr).not.toContain(FAKE_KEY);
});

test('a secret in use is removed with the option that the refusal names', async () => {
  const { url } = await realGateway();
  const at = ['--url', url];
  const server = ['--type', 'custom', '--base-url', 'http://127.0.0.1:9/v1', '--key-stdin'];
  await laneway(['secrets', 'set', 'TEAM', ...at], { input: FAKE_KEY });
  await laneway(['providers', 'add', 'mine', ...server, ...at], { input: 'secret:TEAM' });
  const refused = await laneway(['secrets', 'remove', 'TEAM', ...at]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('; --force removes it')]);
  expect((await laneway(['secrets', 'remove', 'TEAM', '--force', ...at])).code).toBe(0);
});

test('secrets import sends an older api_keys.json and names the file that must be deleted', async () => {
  const gateway = await fakeGateway({
    'POST /api/secrets/import': { json: { imported: ['groq'], generation: 8 } },
  });
  const file = fileWith({ groq: FAKE_KEY });
  const ran = await laneway(['secrets', 'import', file, '--url', gateway.url]);
  expect(ran).toMatchObject({ code: 0, stdout: 'imported groq\ngeneration 8\n' });
  expect(ran.stderr).toContain(`delete ${file} now`);
  expect(gateway.calls[0]?.body).toEqual({ keys: { groq: FAKE_KEY } });
});

test.each([
  ['no JSON', `{"groq": "${FAKE_KEY}"`],
  ['another shape', { groq: { key: FAKE_KEY } }],
])('secrets import of %s is exit 2, without a key in the message', async (_, content) => {
  const { code, stderr } = await laneway(['secrets', 'import', fileWith(content)]);
  expect(code).toBe(2);
  expect(stderr).not.toContain(FAKE_KEY);
});

test('secrets rotate prints the check value of the new key and what comes next', async () => {
  const json = { rotated: 3, check: 'a1b2c3d4', next: 'set LANEWAY_MASTER_KEY' };
  const { url } = await fakeGateway({ 'POST /api/secrets/rotate': { json } });
  const { stdout } = await laneway(['secrets', 'rotate', '--url', url]);
  expect(stdout).toMatch(/3 secrets .*check value a1b2c3d4\)\nnext: set LANEWAY_MASTER_KEY\n$/);
});

test('profiles are listed, shown, activated, deactivated, exported, imported and deleted', async () => {
  const coding = { name: 'coding', description: 'For code', source: 'shipped', active: true };
  const exported = { laneway_profile: 1, name: 'coding', description: 'For code', config: { nodes: {} } };
  const gateway = await fakeGateway({
    'GET /api/profiles': {
      json: { active: 'coding', profiles: [coding, { ...coding, name: 'mine', active: false }] },
    },
    'GET /api/profiles/coding': { json: { ...coding, config: { default_lane: 'coder' } } },
    'POST /api/profiles/coding/activate': { json: { active: 'coding', generation: 9 } },
    'POST /api/profiles/deactivate': { json: { active: null, generation: 10 } },
    'GET /api/profiles/coding/export': { json: exported },
    'POST /api/profiles/import?overwrite=1': { json: { ...coding, config: {} } },
    'DELETE /api/profiles/mine': { status: 204 },
  });
  const at = ['--url', gateway.url];
  expect((await laneway(['profiles', ...at])).stdout).toMatch(/\n\* +coding +shipped +For code\n +mine +/);
  expect((await laneway(['profiles', 'show', 'coding', ...at])).stdout).toContain('"default_lane": "coder"');
  expect((await laneway(['profiles', 'activate', 'coding', ...at])).stdout).toBe(
    'coding is active\ngeneration 9\n',
  );
  expect((await laneway(['profiles', 'deactivate', ...at])).stdout).toBe(
    'no profile is active\ngeneration 10\n',
  );
  const { stdout } = await laneway(['profiles', 'export', 'coding', ...at]);
  expect(JSON.parse(stdout)).toEqual(exported);
  const imported = await laneway(['profiles', 'import', '-', '--overwrite', ...at], { input: stdout });
  expect(imported.stdout).toBe('imported coding\n');
  expect(gateway.calls.at(-1)?.body).toEqual(exported);
  expect((await laneway(['profiles', 'delete', 'mine', ...at])).stdout).toBe('deleted mine\n');
});

test('profiles activate --dry-run lists what would change; one that would be refused is exit 1', async () => {
  const changes = [{ subject: 'node:evaluate', from: 'box/big', to: 'lane:coder' }];
  const { url } = await fakeGateway({
    'POST /api/profiles/a/activate': { json: { dry_run: true, changes, reasons: [] } },
    'POST /api/profiles/b/activate': {
      json: { dry_run: true, changes: [], reasons: [{ code: 'not_served', reason: 'no such model' }] },
    },
  });
  const fit = await laneway(['profiles', 'activate', 'a', '--dry-run', '--url', url]);
  expect(fit).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nnode:evaluate +box\/big +lane:coder\ndry run/),
  });
  const unfit = await laneway(['profiles', 'activate', 'b', '-n', '--url', url]);
  expect(unfit).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('refused:\n  not_served: no such model'),
  });
});

test('a gateway without profiles has none', async () => {
  const { url } = await realGateway();
  expect((await laneway(['profiles', 'list', '--json', '--url', url])).code).toBe(0);
});
