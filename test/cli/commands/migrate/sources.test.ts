import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { folderWith } from './folder.ts';

test('the variables of an older .env become lanes; lines that are no assignment are named', async () => {
  const folder = folderWith({
    '.env':
      'ARGOS_LLM_BASE_URL=http://127.0.0.1:8000/v1\nARGOS_LLM_MODEL=big\nthis is nothing\nHOME_PAGE=x\n',
  });
  const { code, stdout } = await folder.migrate(['.env']);
  expect(code).toBe(0);
  expect(stdout).toContain('.env (environment)\n');
  expect(stdout).toContain('ARGOS_LLM_MODEL becomes lanes.orchestrator.preferred\n');
  expect(stdout).toContain('line 3: not read, because it is no assignment');
  expect(stdout).toContain('HOME_PAGE: Laneway does not read this variable\n');
  expect(stdout).toContain('+         "vllm/big",\n');
});

test('a .env that is migrated twice changes nothing the second time', async () => {
  const env =
    'LANEWAY_LANE_CODER_URL=https://a.example/v1\nLANEWAY_LANE_CODER_MODEL=m\nLANEWAY_LANE_CODER_API_KEY=fake\n';
  const folder = folderWith({ 'old.env': env });
  await folder.migrate(['old.env'], ['--write']);
  const { stdout, stderr } = await folder.migrate(['old.env'], ['--write']);
  expect(stdout).toContain('needs no change');
  expect(stderr).toBe('nothing to write: the configuration has all of it already\n');
});

test('api_keys.json is answered with the command for it, and nothing of it is shown', async () => {
  const folder = folderWith({ 'api_keys.json': { openai: 'fake-canary-1', groq: 'fake-canary-2' } });
  const { code, stdout, stderr } = await folder.migrate(['api_keys.json'], ['--write']);
  expect([code, stderr]).toEqual([0, 'nothing to write\n']);
  expect(stdout).toMatch(/laneway secrets import \S+api_keys\.json\n/);
  expect(stdout).not.toMatch(/canary|openai|groq/);
  expect(folder.names()).toEqual([]);
});

test.each([
  ['missing.json', null, /does not exist/],
  ['a.json', '{"a":1}', /has no known older shape; it needs one of role_mappings/],
  ['lanes.json', '{"lanes":{}}', /is a configuration of Laneway already \(lanes\)/],
  ['profile.json', '{"laneway_profile":1}', /laneway profiles import/],
  ['broken.json', '{"role_mappings": {"a": "fake-canary" "b"}}', /line 1, column \d+: invalid JSON/],
  ['broken.yaml', 'role_mappings: [fake-canary', /line 1, column \d+: invalid YAML/],
  ['list.json', '[]', /must contain one object/],
])('%s that cannot be read is exit 2 with what is wrong', async (name, text, message) => {
  const folder = folderWith(text === null ? {} : { [name]: text });
  const { code, stdout, stderr } = await folder.migrate([name]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('canary');
});

/** Keys in every place of every older shape. */
const CANARIES = {
  'roles.json': {
    role_mappings: {
      a: {
        preferred: ['sk-canary-01', 'mistral'],
        cloud_fallback: 'sk-canary-02',
        params: { x: 'sk-canary-03' },
      },
      'sk-canary-04': { preferred: 'mistral' },
      b: { api_key: 'canary-05', description: 'Bearer canary-06' },
    },
    model_profiles: { m: { provider: 'sk-canary-07' }, 'sk-canary-08': {}, n: { token: 'canary-09' } },
    cloud_providers: {
      openai: { api_key: 'canary-10', headers: { 'x-api-key': 'canary-11' } },
      other: { api_endpoint: 'https://u:canary-12@h.example', key: 'canary-13' },
      more: { api_endpoint: 'https://h.example/v1', token: 'canary-14', api_key_env: 'sk-canary-15' },
    },
    secret: 'canary-16',
  },
  'old.env':
    'OPENAI_API_KEY=canary-17\nARGOS_LANE_CODER_URL=https://h.example/v1\nARGOS_LANE_CODER_MODEL=m\n' +
    'ARGOS_LANE_CODER_API_KEY=canary-18\nPROVIDER=sk-canary-19\nLANEWAY_LLM_BACKEND=sk-canary-20\n' +
    'OLLAMA_URL=http://u:canary-21@h/\nLANEWAY_LLM_DEFAULT_LANE=sk-canary-22\nDB=postgres://u:canary-23@h\n' +
    'LANEWAY_ADMIN_TOKEN=canary-24\ncanary-25\n',
  'api_keys.json': { openai: 'canary-26' },
};

test('no key of an older file is in the output, the configuration or a fault', async () => {
  const folder = folderWith(CANARIES);
  const files = Object.keys(CANARIES);
  const outputs = [
    await folder.migrate(files),
    await folder.migrate(files, ['--json']),
    await folder.migrate(files, ['--write']),
    await folder.migrate(files, ['--write', '--overwrite', '--json']),
  ];
  for (const { code, stdout, stderr } of outputs) {
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('canary');
  }
  expect(folder.read('config/user_models.json')).toContain('env:');
  expect(folder.read('config/user_models.json')).not.toContain('canary');
});

test('on a terminal of 80 columns nothing is cut, and only a difference may be wider', async () => {
  const folder = folderWith(CANARIES);
  const terminal = { columns: 80, colors: true };
  const { stdout } = await folder.migrate(['roles.json', 'old.env'], [], { terminal });
  const account = stripVTControlCharacters(stdout)
    .split('\n')
    .filter((line) => !/^[-+ …] {0,9}["{}[\]]/.test(line) && !/\/\S{40}/.test(line));
  expect(account.filter((line) => line.length > 80)).toEqual([]);
  expect(stdout.replaceAll('=…;', '')).not.toContain('…');
});

test('text that would control the terminal is shown as harmless characters', async () => {
  const folder = folderWith({ 'r.json': { role_mappings: {}, 'bad\u001b[31m': 1, '\u202ex': 2 } });
  const { stdout } = await folder.migrate(['r.json']);
  expect(stdout).not.toMatch(/\u001b|\u202e/);
});
