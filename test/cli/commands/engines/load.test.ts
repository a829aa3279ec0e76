import { expect, test } from 'vitest';
import type { FakeReply } from '../harness.ts';
import { fakeGateway, laneway, refusal } from '../harness.ts';

const LOAD = 'POST /api/engines/box/models/big/load';
const ACCEPTED = { accepted: true, switch_id: 'sw_1', provider: 'box', model: 'big' };

interface Step {
  readonly state: string;
  readonly progress: number;
  readonly reason?: string;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly id?: string;
}

function eventsOf(steps: readonly Step[]): string {
  return steps
    .map(({ id = 'sw_1', from = 'box/small', to = 'box/big', reason = null, ...step }) => ({
      ...{ switch_id: id, kind: 'engine', pool: 'local', from, to, reason },
      ...step,
    }))
    .map((data) => `event: switch\ndata: ${JSON.stringify(data)}\n\n`)
    .join('');
}

const STEPS: readonly Step[] = [
  { state: 'loading', progress: 0.9, id: 'sw_another' },
  { state: 'ready', progress: 1, id: 'sw_another' },
  { state: 'draining', progress: 0 },
  { state: 'unloading', progress: 0.1 },
  { state: 'settling', progress: 0.2 },
  { state: 'loading', progress: 0.25 },
  { state: 'loading', progress: 0.28 },
  { state: 'loading', progress: 0.61 },
  { state: 'probing', progress: 0.95 },
  { state: 'ready', progress: 1 },
];

function gatewayWith(steps: readonly Step[], reply: FakeReply = { status: 202, body: ACCEPTED }) {
  return fakeGateway({ 'GET /api/events': { events: eventsOf(steps) }, [LOAD]: reply });
}

test('load prints a line for each phase of its own switch to standard error, and the result', async () => {
  const { url, calls } = await gatewayWith(STEPS);
  const { code, stdout, stderr } = await laneway(['load', 'box/big', '--url', url]);
  expect([code, stdout]).toEqual([0, 'box/big is loaded, after 0.0 ms\n']);
  expect(stderr.split('\n')).toEqual([
    'waiting for requests of box/small to end (0 %)',
    'unloading box/small (10 %)',
    'waiting until the memory is free (20 %)',
    'loading box/big (25 %)',
    'loading box/big (61 %)',
    'checking box/big (95 %)',
    '',
  ]);
  expect(calls.at(-1)).toMatchObject({ call: LOAD, body: {} });
});

test('--json prints the result as the API returns it, and --quiet nothing else', async () => {
  const { url } = await gatewayWith(STEPS);
  const { stdout, stderr } = await laneway(['load', 'box/big', '--json', '--quiet', '--url', url]);
  expect(JSON.parse(stdout)).toEqual({ provider: 'box', model_id: 'big', state: 'loaded', load_ms: 0 });
  expect(stderr).toBe('');
});

test('on a terminal one line shows the progress, and is removed at the end', async () => {
  const { url } = await gatewayWith(STEPS);
  const shownLines: (string | null)[] = [];
  const terminal = { progress: true, columns: 80 };
  const { stderr } = await laneway(['load', 'box/big', '--url', url], { terminal, shownLines });
  expect(stderr).toBe('');
  expect(shownLines).toEqual([
    '░░░░░░░░░░░░░░░░░░░░   0 %  waiting for requests of box/small to end  0 s',
    '██░░░░░░░░░░░░░░░░░░  10 %  unloading box/small  0 s',
    '████░░░░░░░░░░░░░░░░  20 %  waiting until the memory is free  0 s',
    '█████░░░░░░░░░░░░░░░  25 %  loading box/big  0 s',
    '██████░░░░░░░░░░░░░░  28 %  loading box/big  0 s',
    '████████████░░░░░░░░  61 %  loading box/big  0 s',
    '███████████████████░  95 %  checking box/big  0 s',
    null,
  ]);
});

test('the bar fits a narrow terminal, and a name in it cannot control the terminal', async () => {
  const { url } = await gatewayWith([
    { state: 'loading', progress: 0.5, to: `box/\u001b[31m${'x'.repeat(80)}` },
    { state: 'ready', progress: 1 },
  ]);
  const shownLines: (string | null)[] = [];
  await laneway(['load', 'box/big', '--url', url], { terminal: { progress: true, columns: 60 }, shownLines });
  const [line = ''] = shownLines;
  expect(line).toHaveLength(59);
  expect(line).not.toContain('\u001b');
});

test.each([[['--no-color']], [['--quiet']]])('%j shows no bar', async (options) => {
  const { url } = await gatewayWith(STEPS);
  const shownLines: (string | null)[] = [];
  const { code } = await laneway(['load', 'box/big', ...options, '--url', url], {
    terminal: { progress: true, columns: 80 },
    shownLines,
  });
  expect([code, shownLines]).toEqual([0, []]);
});

test('a model that is loaded already is exit 0 without a wait', async () => {
  const body = { provider: 'box', model_id: 'big', state: 'loaded', load_ms: null };
  const { url } = await gatewayWith([], { status: 200, body });
  const { code, stdout } = await laneway(['load', 'box/big', '--url', url]);
  expect([code, stdout]).toEqual([0, 'box/big is loaded already\n']);
});

test('a failed load is exit 1 with its reason', async () => {
  const { url } = await gatewayWith([
    { state: 'loading', progress: 0.3 },
    { state: 'failed', progress: 0.3, reason: 'Model big could not be loaded: exit code 1' },
  ]);
  const { code, stdout, stderr } = await laneway(['load', 'box/big', '-q', '--url', url]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe('box/big was not loaded: Model big could not be loaded: exit code 1\n');
});

test('requests that do not end in time are exit 1 with the advice to cut them, unless they were to be cut', async () => {
  const steps = [
    { state: 'draining', progress: 0 },
    { state: 'failed', progress: 0, reason: 'requests of box/small did not end in time' },
  ];
  const { url, calls } = await gatewayWith(steps);
  const waited = await laneway(['load', 'box/big', '-q', '--url', url]);
  expect([waited.code, waited.stderr]).toEqual([
    1,
    'box/big was not loaded: requests of box/small did not end in time; --force cuts them\n',
  ]);
  const forced = await laneway(['load', 'box/big', '-q', '--force', '--url', url]);
  expect(forced.stderr).not.toContain('--force');
  expect(calls.at(-1)?.body).toEqual({ force: true });
});

test('Ctrl-C ends the command with 130, and says that the load goes on', async () => {
  const { url } = await gatewayWith([{ state: 'loading', progress: 0.3 }]);
  let released = false;
  const { code, stdout, stderr } = await laneway(['load', 'box/big', '-q', '--url', url], {
    onInterrupt: (listener) => {
      listener();
      return () => {
        released = true;
      };
    },
  });
  expect([code, stdout, released]).toEqual([130, '', true]);
  expect(stderr).toBe('the gateway goes on to load box/big; laneway pools shows how far it is\n');
});

test('a gateway that ends while it loads is exit 6', async () => {
  const { url } = await gatewayWith([{ state: 'loading', progress: 0.3 }]);
  const { code, stderr } = await laneway(['load', 'box/big', '-q', '--url', url]);
  expect([code, stderr]).toEqual([6, expect.stringContaining('ended the stream')]);
});

test('a refusal is exit 1 with its message', async () => {
  const { url } = await gatewayWith([], refusal(409, 'unfit_target', 'Laneway cannot load box/big'));
  const { code, stderr } = await laneway(['load', 'box/big', '--url', url]);
  expect([code, stderr]).toEqual([1, 'Laneway cannot load box/big\n']);
});

test('a name without a provider is exit 2 with the nearest model', async () => {
  const available = [{ provider: 'box', model_id: 'big' }];
  const json = { generation: 1, available, assignments: {} };
  const { url, calls } = await fakeGateway({ 'GET /api/debug/models': { json } });
  const { code, stderr } = await laneway(['load', 'box-big', '--url', url]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/write PROVIDER\/MODEL.*box\/big/)]);
  expect(calls).toHaveLength(1);
});

test('unload of a model whose id has slashes names it in the path', async () => {
  const path = 'POST /api/engines/box/models/org%2Fbig%3A1b/unload';
  const accepted = { ...ACCEPTED, model: 'org/big:1b' };
  const steps = [
    { state: 'unloading', progress: 0.1, from: 'box/org/big:1b', to: null },
    { state: 'ready', progress: 1, from: 'box/org/big:1b', to: null },
  ];
  const { url } = await fakeGateway({
    'GET /api/events': { events: eventsOf(steps) },
    [path]: { status: 202, body: accepted },
  });
  const { code, stdout, stderr } = await laneway(['unload', 'box/org/big:1b', '--url', url]);
  expect([code, stdout]).toEqual([0, 'box/org/big:1b is unloaded\n']);
  expect(stderr).toBe('unloading box/org/big:1b (10 %)\n');
});
