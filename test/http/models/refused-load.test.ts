import { afterEach, describe, expect, test } from 'vitest';

import { startRouterServer } from '../../support/engines/router-server.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { call, ended, stopAll } from '../operator.ts';

// A switch to a model that has no room: the other one is pinned, and only one fits.

afterEach(stopAll);

const B = { provider: 'l', model: 'b' };
const LATER = { prefer: 'respond-async' };

interface SwitchStep {
  readonly switch_id: string;
  readonly kind: string;
  readonly state: string;
  readonly reason: string | null;
}

async function setUp({ pinned = true } = {}): Promise<TestGateway> {
  const { upstream } = await startRouterServer('a', 'b');
  ended({ stop: () => upstream.close() });
  const model = { capabilities: { memory_gb_estimate: 8 } };
  const gateway = await startGateway({
    config: {
      default_lane: 'main',
      providers: { l: { type: 'llamacpp', base_url: upstream.url } },
      models: { 'l/a': { ...model, pinned }, 'l/b': model },
      nodes: { n: { model: 'l/a' } },
      lanes: { main: { preferred: ['l/a'] } },
      pools: { local: { budget_gb: 10, reserve_gb: 0, min_residency_s: 0 } },
    },
    engines: {},
    files: {
      'user_profiles/big.json': { lanes: { main: { preferred: ['l/b'] } }, nodes: { n: { model: 'l/b' } } },
    },
  });
  await gateway.app.engines.start();
  ended(gateway);
  expect((await call(gateway, 'POST', '/api/engines/l/models/a/load', {})).status).toBe(200);
  return gateway;
}

/** The events of a switch up to its end, which has to come. */
async function stepsOf(gateway: TestGateway, id: string): Promise<readonly SwitchStep[]> {
  // An unknown id gets all that is kept.
  const reply = await fetch(`${gateway.url}/api/events`, { headers: { 'last-event-id': 'none' } });
  const steps: SwitchStep[] = [];
  let rest = '';
  for await (const chunk of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = event.split('\n').find((line) => line.startsWith('data: '));
      if (!event.includes('event: switch') || data === undefined) continue;
      const step = JSON.parse(data.slice('data: '.length)) as SwitchStep;
      if (step.switch_id === id) steps.push(step);
    }
    if (['ready', 'failed', 'done'].includes(steps.at(-1)?.state ?? '')) break;
  }
  return steps;
}

test('with Prefer: respond-async, the one event with the id of a refused switch is its failure', async () => {
  const gateway = await setUp();
  const sent = { ...B, force: true };
  const { status, body } = await call<{ switch_id: string }>(
    gateway,
    ...(['POST', '/api/models/switch', sent, LATER] as const),
  );
  expect(status).toBe(202);
  expect(await stepsOf(gateway, body.switch_id)).toEqual([
    expect.objectContaining({
      ...{ kind: 'engine', pool: 'local', state: 'failed', to: 'l/b', actor: 'operator' },
      reason: expect.stringMatching(/^l\/b needs 8\.0 GB, .* active again$/) as string,
    }),
  ]);
});

test('with Prefer: respond-async, a switch to the loaded model ends as ready', async () => {
  const gateway = await setUp();
  const sent = { ...B, model: 'a' };
  const { body } = await call<{ switch_id: string }>(
    gateway,
    ...(['POST', '/api/models/switch', sent, LATER] as const),
  );
  expect(await stepsOf(gateway, body.switch_id)).toEqual([
    expect.objectContaining({ kind: 'engine', state: 'ready', progress: 1, to: 'l/a' }),
  ]);
});

describe('what has no room', () => {
  const UNFIT = [
    { code: 'does_not_fit', reason: expect.stringMatching(/^l\/b needs 8\.0 GB, but/) as string },
  ];
  const NODE_B = { provider: 'l', model_id: 'b' };
  const CALLS = [
    ['POST', '/api/models/switch', B],
    ['PUT', '/api/debug/models/n', NODE_B],
    ['PUT', '/api/debug/models/lane:main', NODE_B],
  ] as const;

  test.each(CALLS)('%s %s: a dry run reports it, and no time of a load', async (method, path, sent) => {
    const gateway = await setUp();
    const { status, body } = await call(gateway, method, path, { ...sent, dry_run: true });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ fit: false, reasons: UNFIT, warnings: [] }),
    ]);
  });

  test.each([
    ...CALLS,
    ['PUT', '/api/v1/llm/config/n', NODE_B],
    ['PUT', '/api/v1/llm/users/ann/config', { config: { 'lane:main': NODE_B } }],
  ] as const)('%s %s: it is refused, and nothing changes', async (method, path, sent) => {
    const gateway = await setUp();
    const { status, body } = await call(gateway, method, path, sent);
    expect([status, body.error.code, body.error.detail.reasons]).toEqual([409, 'unfit_target', UNFIT]);
    const before = await call<{ generation: number }>(gateway, 'GET', '/api/debug/models');
    expect(before.body.generation).toBe(1);
  });

  test.each(CALLS)('%s %s: once the other model is not pinned, it fits', async (method, path, sent) => {
    const gateway = await setUp({ pinned: false });
    const { body } = await call(gateway, method, path, { ...sent, dry_run: true });
    expect(body).toMatchObject({ fit: true, reasons: [] });
  });

  test('an undo that would go back to it is refused, unless it is forced', async () => {
    const gateway = await setUp();
    const undo = (sent: object) => call(gateway, 'POST', '/api/debug/models/n/undo', sent);
    await call(gateway, 'PUT', '/api/debug/models/n', { ...NODE_B, force: true });
    await call(gateway, 'PUT', '/api/debug/models/n', { provider: 'l', model_id: 'a' });
    const { status, body } = await undo({});
    expect([status, body.error.code, body.error.detail.reasons]).toEqual([409, 'unfit_target', UNFIT]);
    const forced = await undo({ force: true });
    expect(forced.body).toMatchObject({
      model_id: 'b',
      warnings: [{ code: 'does_not_fit', detail: UNFIT[0]?.reason }],
    });
  });

  test('a profile that assigns it is activated with a warning, which its dry run has too', async () => {
    const gateway = await setUp();
    const activate = async (sent: object): Promise<unknown> =>
      (await call<{ warnings: unknown }>(gateway, 'POST', '/api/profiles/big/activate', sent)).body.warnings;
    const warnings = [
      {
        code: 'does_not_fit',
        detail: expect.stringMatching(/^node:n, lane:main: l\/b needs 8\.0 GB, but/) as string,
      },
    ];
    expect(await activate({ dry_run: true })).toEqual(warnings);
    expect(await activate({})).toEqual(warnings);
  });
});
