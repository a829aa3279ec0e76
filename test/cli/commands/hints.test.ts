import { expect, test } from 'vitest';
import { fakeGateway, laneway, refusal } from './harness.ts';
import { realGateway } from './real-gateway.ts';

const PROVIDERS = '/api/v1/llm/providers';

test('status names a lane that was switched, and the active profile', async () => {
  const { url } = await realGateway();
  const at = ['--url', url];
  await laneway(['switch', 'lane:quick', 'box/big', ...at]);
  const profile = { laneway_profile: 1, name: 'night', config: { nodes: { plan: { lane: 'quick' } } } };
  await laneway(['profiles', 'import', '-', ...at], { input: JSON.stringify(profile) });
  await laneway(['profiles', 'activate', 'night', ...at]);
  const { stdout } = await laneway(['status', ...at]);
  expect(stdout).toMatch(/\nprofile +night\nswitched +lane:quick\n/);
  const { stdout: json } = await laneway(['status', '--json', ...at]);
  expect(JSON.parse(json)).toMatchObject({ profile: 'night', switched: ['lane:quick'] });
});

test('a secret that no provider uses is stored with the advice how one would', async () => {
  const { url } = await realGateway();
  const set = await laneway(['secrets', 'set', 'box', '--url', url], { input: 'fake-key-0001' });
  expect(set).toMatchObject({ code: 0, stdout: expect.stringMatching(/^stored box, version 1\n/) });
  expect(set.stderr).toContain('"api_key": "secret:box"');
  expect(set.stderr).toContain('laneway providers update');
});

test('a secret in use is only removed with --force', async () => {
  const { url } = await realGateway();
  const at = ['--url', url];
  await laneway(['secrets', 'set', 'TEAM_KEY', ...at], { input: 'fake-key-0001' });
  const provider = {
    id: 'team',
    type: 'custom',
    base_url: 'http://127.0.0.1:9/v1',
    api_key: 'secret:TEAM_KEY',
  };
  await fetch(url + PROVIDERS, {
    ...{ method: 'POST', body: JSON.stringify(provider) },
    headers: { 'content-type': 'application/json' },
  });
  const refused = await laneway(['secrets', 'remove', 'TEAM_KEY', ...at]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });
  const removed = await laneway(['secrets', 'remove', 'TEAM_KEY', '--force', ...at]);
  expect(removed).toMatchObject({ code: 0, stdout: 'removed TEAM_KEY\n' });
});

test.each([
  ['in use; ?force=1 reverts them to their default', 'in use; --force reverts them to their default'],
  ['first POST /api/profiles/deactivate', 'first laneway profiles deactivate'],
  [`add it with POST ${PROVIDERS} or in a file`, 'add it with laneway providers add or in a file'],
  ['add it first (POST /api/v1/llm/providers)', 'add it first (laneway providers add)'],
  ['unknown model "x"; GET /v1/models lists the names', 'unknown model "x"; laneway models lists the names'],
  ['change it with PUT, or import it with ?overwrite=1', 'replace it with --overwrite'],
])('the advice "%s" is given as a command', async (message, advice) => {
  const { url } = await fakeGateway({ 'DELETE /api/profiles/a': refusal(409, 'in_use', message) });
  expect((await laneway(['profiles', 'delete', 'a', '--url', url])).stderr).toBe(`${advice}\n`);
});

test('a profile that would be refused is not said to change nothing', async () => {
  const reasons = [{ code: 'missing_provider', reason: `groq; add it with POST ${PROVIDERS}` }];
  const { url } = await fakeGateway({
    'POST /api/profiles/a/activate': { json: { dry_run: true, changes: [], reasons } },
  });
  const { code, stdout } = await laneway(['profiles', 'activate', 'a', '-n', '--url', url]);
  expect([code, stdout]).toEqual([
    1,
    'refused:\n  missing_provider: groq; add it with laneway providers add\ndry run: nothing was changed\n',
  ]);
});

test('profiles lists why one of them cannot be used', async () => {
  const night = { name: 'night', description: null, source: 'file', active: true };
  const problem = 'its file is missing: it has no effect';
  const { url } = await fakeGateway({
    'GET /api/profiles': { json: { active: 'night', profiles: [{ ...night, problem }] } },
  });
  expect((await laneway(['profiles', '--url', url])).stdout).toMatch(
    /\n\nnight: its file is missing: it has no effect\n$/,
  );
});
