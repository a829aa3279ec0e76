import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

interface Health {
  readonly state: { readonly available: boolean };
  readonly providers: readonly ({ readonly provider: string } & Record<string, unknown>)[];
  readonly targets: readonly ({ readonly target: string } & Record<string, unknown>)[];
}

async function health(gateway: TestGateway): Promise<Health> {
  return (await call<Health>(gateway, 'GET', '/api/debug/health')).body;
}

test('shows which server is unreachable, which key is missing and which target failed', async () => {
  const limited = await startFakeUpstream(
    chatScript(() => json(429, { error: { message: 'slow down' } }, { 'retry-after': '120' })),
  );
  ended({ stop: () => limited.close() });
  const config = laneOver([limited.url, (await server('fine')).url, 'http://127.0.0.1:2']);
  const providers = { ...config.providers, dark: { type: 'openai', api_key: 'env:NO_SUCH_KEY' } };
  const nodes = { evaluate: { lane: 'main' } };
  const gateway = ended(await startGateway({ config: { ...config, providers, nodes } }));
  const answer = await gateway.chat({ model: 'evaluate' });
  expect(answer.status).toBe(200);
  await gateway.trace(answer);

  const { state, providers: shown, targets } = await health(gateway);
  expect(state.available).toBe(true);
  const provider = Object.fromEntries(shown.map((one) => [one.provider, one]));
  expect(provider['a']).toMatchObject({ reachable: true, code: null, needs_key: null, models: 1 });
  expect(Date.parse(String(provider['a']?.['last_probe_at']))).toBeLessThanOrEqual(Date.now() + 1);
  expect(provider['a']?.['latency_ms']).toBeGreaterThanOrEqual(0);
  expect(provider['c']).toMatchObject({ reachable: false, code: 'unreachable', models: null });
  expect(provider['c']?.['reason']).toMatch(/next probe in/);
  expect(Date.parse(String(provider['c']?.['next_probe_at']))).toBeGreaterThan(Date.now());
  expect(provider['dark']).toMatchObject({
    reachable: null,
    needs_key: 'set NO_SUCH_KEY',
    last_probe_at: null,
  });

  const target = Object.fromEntries(targets.map((one) => [one.target, one]));
  expect(target['a/m']).toMatchObject({
    code: 'cooling_down',
    last_error: { class: 'rate_limited' },
    breaker: { state: 'closed', failures: 0, until: null },
  });
  const until = Date.parse(String(target['a/m']?.['cooling_down_until']));
  expect(until - Date.now()).toBeGreaterThan(100_000);
  expect(until - Date.now()).toBeLessThan(121_000);
  expect(target['b/m']).toMatchObject({ status: 'available', code: null, last_error: null });
  expect(target['b/m']?.['latency_ms']).toBeGreaterThanOrEqual(0);
  expect(target['c/m']).toMatchObject({ status: 'unreachable', code: 'unreachable' });
});

test('shows an open breaker with its failures and when it closes', async () => {
  const broken = await startFakeUpstream(chatScript(() => json(500, { error: { message: 'no' } })));
  ended({ stop: () => broken.close() });
  const gateway = ended(await startGateway({ config: laneOver([broken.url]), discover: false }));
  for (let turn = 0; turn < 5; turn += 1) await (await gateway.chat({ model: 'a/m' })).text();
  const [target] = (await health(gateway)).targets;
  expect(target).toMatchObject({ target: 'a/m', code: 'breaker_open', last_error: { class: 'unanswered' } });
  expect(target?.['breaker']).toMatchObject({ state: 'open', failures: 5 });
  const { until } = target?.['breaker'] as { until: string };
  expect(Date.parse(until)).toBeGreaterThan(Date.now() + 20_000);
});
