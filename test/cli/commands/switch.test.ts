import { expect, test } from 'vitest';
import { fakeGateway, laneway } from './harness.ts';
import { realGateway } from './real-gateway.ts';

const SWITCH = ['switch', 'evaluate'];

test('switch, undo and reset show what the node was and is assigned to, and the generation', async () => {
  const { url } = await realGateway();
  const at = ['--url', url];
  const switched = await laneway([...SWITCH, 'other/small', '--reason', 'cheaper', ...at]);
  expect(switched).toMatchObject({ code: 0, stdout: 'evaluate: box/big → other/small\ngeneration 2\n' });
  const undone = await laneway(['undo', 'evaluate', ...at]);
  expect(undone.stdout).toBe('evaluate: other/small → box/big\ngeneration 3\n');
  await laneway([...SWITCH, 'lane:quick', ...at]);
  const reset = await laneway(['reset', '--yes', ...at]);
  expect(reset).toMatchObject({ code: 0, stdout: 'reset evaluate\ngeneration 5\n' });
  expect((await laneway(['reset', '-y', ...at])).stdout).toMatch(/^nothing was switched/);
});

test('switch to a lane shows the model that answers now, and when it expires', async () => {
  const { url } = await realGateway();
  const now = Date.now();
  const { stdout } = await laneway([...SWITCH, 'lane:quick', '--expires', '2h', '--url', url], { now });
  expect(stdout).toMatch(/^evaluate: box\/big → lane:quick \(other\/small now\), expires in 2 h\n/);
});

test('switch of a lane to a model without a key shows what it was and is assigned to, and what answers meanwhile', async () => {
  const { url } = await realGateway();
  const at = ['--url', url];
  const forced = await laneway(['switch', 'lane:main', 'sky/gpt', '--force', ...at]);
  expect(forced.stdout).toBe(
    'lane:main: configured chain → sky/gpt\nbox/big answers meanwhile\ngeneration 2\n',
  );
  const again = await laneway(['switch', 'lane:main', 'sky/gpt', '--force', ...at]);
  expect(again.stdout).toMatch(/^lane:main: sky\/gpt, as before\n/);
  const reset = await laneway(['reset', 'lane:main', '--yes', ...at]);
  expect(reset.stdout).toBe('lane:main: sky/gpt → configured chain (box/big now)\ngeneration 3\n');
});

test('switch of a node to a model without a key names the model that answers meanwhile, or why none does', async () => {
  const { url } = await realGateway();
  const at = ['--force', '--url', url];
  const dry = await laneway([...SWITCH, 'sky/gpt', '--dry-run', ...at]);
  expect(dry.stdout).toMatch(/^evaluate: box\/big → sky\/gpt\nbox\/big would answer meanwhile\n/);
  const forced = await laneway([...SWITCH, 'sky/gpt', ...at]);
  expect(forced.stdout).toBe('evaluate: box/big → sky/gpt\nbox/big answers meanwhile\ngeneration 2\n');
});

test('switch of a lane shows its models', async () => {
  const { url } = await realGateway();
  const { stdout } = await laneway(['switch', 'lane:main', 'other/small', '--url', url]);
  expect(stdout).toBe('lane:main: configured chain → other/small\ngeneration 2\n');
});

test('a dry run changes nothing, and an unfit target is exit 1 with the reasons', async () => {
  const gateway = await realGateway();
  const at = ['--dry-run', '--url', gateway.url];
  const fit = await laneway([...SWITCH, 'other/small', ...at]);
  expect(fit).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing was changed; the target is fit'),
  });
  const unfit = await laneway([...SWITCH, 'sky/gpt', ...at]);
  expect(unfit).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/is unfit\n {2}needs_key: .*NO_SUCH_KEY/),
  });
  expect(await gateway.get('/api/debug/models/evaluate')).toMatchObject({ generation: 1, is_default: true });
});

test('a warning goes to standard error, and --quiet leaves it out', async () => {
  const warning = { code: 'unreachable', detail: 'other does not answer' };
  const target = { provider: 'other', model_id: 'small', lane: null };
  const json = {
    node: 'evaluate',
    generation: 2,
    ...target,
    assigned: 'other/small',
    answers: { target: 'other/small', reason: null },
    previous: { ...target, assigned: 'other/small' },
    expires_at: null,
    warnings: [warning],
  };
  const { url } = await fakeGateway({ 'PUT /api/debug/models/evaluate': { json } });
  const loud = await laneway([...SWITCH, 'other/small', '--url', url]);
  expect(loud.stderr).toBe('warning: other does not answer (unreachable)\n');
  expect((await laneway([...SWITCH, 'other/small', '-q', '--url', url])).stderr).toBe('');
});

test('preflight, rollback, force and expiry are sent as the API has them; a refusal is exit 1 with its message', async () => {
  const gateway = await fakeGateway({});
  const options = ['--preflight', '--rollback', '5/300', '--force', '--expires', '1h30m', '-r', 'test'];
  const { code, stdout } = await laneway([...SWITCH, 'box/org/big', ...options, '--url', gateway.url]);
  expect([code, stdout]).toEqual([1, '']);
  expect(gateway.calls).toMatchObject([
    {
      call: 'PUT /api/debug/models/evaluate',
      body: {
        ...{ provider: 'box', model_id: 'org/big', reason: 'test', expires_in_s: 5400 },
        ...{ preflight: true, rollback: { after_errors: 5, within_s: 300 }, force: true },
      },
    },
  ]);
});

test('the result of a preflight is a line', async () => {
  const target = { provider: 'box', model_id: 'big', lane: null };
  const preflight = {
    ok: true,
    status: 200,
    duration_ms: 840,
    first_token_ms: 90,
    load_ms: null,
    message: null,
  };
  const json = {
    node: 'evaluate',
    generation: 2,
    ...target,
    assigned: 'other/small',
    answers: { target: 'other/small', reason: null },
    previous: { ...target, assigned: 'other/small' },
    expires_at: null,
    warnings: [],
    preflight,
  };
  const { url } = await fakeGateway({ 'PUT /api/debug/models/evaluate': { json } });
  const { stdout } = await laneway([...SWITCH, 'box/big', '--preflight', '--url', url]);
  expect(stdout).toContain('preflight: answered in 840 ms\n');
});

test('a target without its provider is exit 2 and names similar models', async () => {
  const { url } = await realGateway();
  const { code, stderr } = await laneway([...SWITCH, 'small', '--url', url]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/PROVIDER\/MODEL or lane:NAME; did you mean "other\/small"\?\n$/);
});

test.each([
  ['--expires', '5', /90s, 10m, 2h, 3d/],
  ['--rollback', '5', /ERRORS\/SECONDS/],
])('%s %s is exit 2 and says how to write it', async (option, value, words) => {
  const { code, stderr } = await laneway([...SWITCH, 'box/big', option, value]);
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
});

test('reset asks on a terminal, and elsewhere needs --yes', async () => {
  const { url } = await realGateway();
  const piped = await laneway(['reset', 'evaluate', '--url', url]);
  expect(piped).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
  const terminal = { interactive: true };
  const refused = await laneway(['reset', '--url', url], { terminal, answer: 'n' });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was changed') });
  const agreed = await laneway(['reset', 'evaluate', '--url', url], { terminal, answer: 'yes' });
  expect(agreed).toMatchObject({ code: 0, stdout: 'evaluate: box/big, as before\ngeneration 1\n' });
});
