import { expect, onTestFinished, test } from 'vitest';

import { BarClient } from '../../support/bar-client.ts';
import { sse, until } from '../../support/fake-replies.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { chunks, laneOver } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { gateway, server, setUp } from './setup.ts';

test('a switch applies to chats, the model bar and the capabilities at once', async () => {
  const { bar } = await setUp();
  expect(await bar.ask()).toBe('from a');
  const switched = await bar.switch({ provider: 'b', model: 'm' });
  expect(switched.status).toBe(200);
  expect(switched.body).toEqual({
    ...{ success: true, provider: 'b', model: 'm', generation: 2, load_ms: null, warnings: [] },
  });
  expect(await bar.ask()).toBe('from b');
  const { active, providers } = await bar.models();
  expect(active).toEqual({ provider: 'b', model: 'm' });
  const marked = providers.flatMap(({ id, models }) =>
    models.filter((model) => model.active).map((model) => `${id}/${model.id}`),
  );
  expect(marked).toEqual(['b/m']);
  expect(await bar.capabilities()).toMatchObject({ provider: 'b', capabilities: { context_length: 32768 } });
});

test('the switched model is tried first, with the lane’s chain after it', async () => {
  const { bar, laneway } = await setUp();
  await bar.switch({ provider: 'b', model: 'org/name:free' });
  const answer = await laneway.chat({ model: 'lane:main' });
  const { plan } = await laneway.trace(answer);
  expect(plan.map(({ target }) => target).slice(0, 3)).toEqual(['b/org/name:free', 'a/m', 'b/m']);
});

test('the selection survives a restart', async () => {
  const { bar, laneway, config } = await setUp();
  await bar.switch({ provider: 'b', model: 'm', reason: 'better' });
  await laneway.app.close();
  const second = await gateway({
    config,
    folder: laneway.folder,
    variables: { SKY_KEY: 'sk-fake-000' },
    discover: false,
  });
  const again = new BarClient(second);
  expect(await again.active()).toBe('b/m');
  expect(await again.ask()).toBe('from b');
});

test('a user’s switch applies to that user only', async () => {
  const { bar, laneway } = await setUp();
  const [ann, bob] = [new BarClient(laneway, 'ann'), new BarClient(laneway, 'bob')];
  expect((await ann.switch({ provider: 'b', model: 'm' })).status).toBe(200);
  expect([await ann.active(), await bob.active(), await bar.active()]).toEqual(['b/m', 'a/m', 'a/m']);
  expect([await ann.ask(), await bob.ask(), await bar.ask()]).toEqual(['from b', 'from a', 'from a']);
  expect((await ann.capabilities()).provider).toBe('b');
  await bar.switch({ provider: 'b', model: 'org/name:free' });
  expect([await ann.active(), await bob.active()]).toEqual(['b/m', 'b/org/name:free']);
});

test('a dry run reports whether it would fit and changes nothing, fit or not', async () => {
  const { bar } = await setUp();
  const fit = await bar.switch({ provider: 'b', model: 'm', dry_run: true });
  expect([fit.status, fit.body]).toEqual([
    200,
    { dry_run: true, fit: true, reasons: [], warnings: [], provider: 'b', model: 'm', generation: 1 },
  ]);
  const unfit = await bar.switch({ provider: 'dark', model: 'gpt-x', dry_run: true });
  expect(unfit.status).toBe(200);
  expect(unfit.body).toMatchObject({ fit: false, reasons: [{ code: 'needs_key' }], generation: 1 });
  expect(await bar.active()).toBe('a/m');
});

test('an unknown model is 404 with the closest names; an unfit one is 409 with the reasons', async () => {
  const { bar } = await setUp();
  const provider = await bar.switch({ provider: 'skyy', model: 'gpt-x' });
  expect([provider.status, provider.body.error.code]).toEqual([404, 'provider_not_found']);
  expect(provider.body.error.message).toContain('did you mean "sky"');
  for (const [target, code] of [
    [{ provider: 'dark', model: 'gpt-x' }, 'needs_key'],
    [{ provider: 'b', model: 'vec' }, 'wrong_kind'],
  ] as const) {
    const { status, body } = await bar.switch(target);
    expect([status, body.error.code]).toEqual([409, 'unfit_target']);
    expect(body.error.detail.reasons.map((reason) => reason.code)).toEqual([code]);
  }
  expect(await bar.active()).toBe('a/m');
  const forced = await bar.switch({ provider: 'dark', model: 'gpt-x', force: true });
  expect(forced.status).toBe(200);
  expect(forced.body['warnings']).toMatchObject([{ code: 'needs_key' }]);
  expect(await bar.active()).toBe('dark/gpt-x');
});

test('a model that its server does not list is not found, with the field that named it', async () => {
  const a = await server('from a');
  const bar = new BarClient(await gateway({ config: laneOver([a.url]) }));
  const { status, body } = await bar.switch({ provider: 'a', model: 'mm' });
  expect([status, body.error.code, body.error.param]).toEqual([404, 'model_not_found', 'model']);
  expect(body.error.message).toContain('did you mean "a/m"');
});

test.each([
  [{ provider: 'b' }, 'model'],
  [{ model: 'm' }, 'provider'],
  [{ provider: 'b', model: 'm', preflight: 'yes' }, 'preflight'],
  [{ provider: 'b', model: 'm', rollback: { after_errors: 0, within_s: 60 } }, 'rollback.after_errors'],
  [{ provider: 'b', model: 'm', expires_in_s: 0 }, 'expires_in_s'],
  [{ provider: 'b', model: 'm', expires_in_s: 31 * 86_400 + 1 }, 'expires_in_s'],
  [{ provider: 'b', model: 'm', reason: 'x'.repeat(501) }, 'reason'],
])('the body %j is rejected with the field at fault', async (sent, param) => {
  const { bar } = await setUp();
  const { status, body } = await bar.switch(sent);
  expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', param]);
  expect(await bar.active()).toBe('a/m');
});

test('If-Match with a stale generation is 412 and changes nothing', async () => {
  const { bar } = await setUp();
  const stale = await bar.switch({ provider: 'b', model: 'm' }, { 'if-match': '"9"' });
  expect([stale.status, stale.body.error.code]).toEqual([412, 'generation_mismatch']);
  expect(await bar.active()).toBe('a/m');
  expect((await bar.switch({ provider: 'b', model: 'm' }, { 'if-match': '"1"' })).status).toBe(200);
});

test('a temporary switch is reverted by itself', async () => {
  let ahead = 0;
  const clock = { now: systemClock.now, wall: () => Date.now() + ahead };
  const { bar, laneway } = await setUp({ clock });
  await bar.switch({ provider: 'b', model: 'm', expires_in_s: 60 });
  ahead = 59_000;
  await laneway.app.registry.expireDue();
  expect(await bar.active()).toBe('b/m');
  ahead = 61_000;
  await laneway.app.registry.expireDue();
  expect(await bar.active()).toBe('a/m');
});

test('with run-time switching off a switch is 409, a dry run is not', async () => {
  const a = await server('from a');
  const config = { ...laneOver([a.url]), runtime_switching: false };
  const bar = new BarClient(await gateway({ config, discover: false }));
  const { status, body } = await bar.switch({ provider: 'a', model: 'm' });
  expect([status, body.error.code]).toEqual([409, 'runtime_switching_off']);
  const later = await bar.switch({ provider: 'a', model: 'm' }, { prefer: 'respond-async' });
  expect(later.status).toBe(409);
  expect((await bar.switch({ provider: 'a', model: 'm', dry_run: true })).status).toBe(200);
});

test('a stream running during a switch is, byte for byte, what its upstream sent', async () => {
  const b = await server('from b');
  let goOn = (): void => undefined;
  const pause = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const events = [...chunks('one', 'two', 'three'), '[DONE]'];
  const steps = sse(events);
  const slow = await startFakeUpstream(
    chatScript(() => [...steps.slice(0, 3), until(pause), ...steps.slice(3)]),
  );
  onTestFinished(() => slow.close());
  const laneway = await gateway({ config: laneOver([slow.url, b.url]) });
  const bar = new BarClient(laneway);
  const answer = await laneway.chat({ stream: true, stream_options: { include_usage: true } });
  await bar.switch({ provider: 'b', model: 'm' });
  expect(await bar.ask()).toBe('from b');
  goOn();
  expect(await answer.text()).toBe(events.map((event) => `data: ${event}\n\n`).join(''));
});
