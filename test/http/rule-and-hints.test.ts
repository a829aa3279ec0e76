import { afterEach, describe, expect, test } from 'vitest';

import { json, sse } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { call, ended, stopAll } from './operator.ts';

afterEach(stopAll);

async function setUp(): Promise<TestGateway> {
  const upstream = await startFakeUpstream(
    chatScript((request) =>
      request.body.toString().includes('"stream":true')
        ? sse([...chunks('hi'), '[DONE]'])
        : json(200, completion('hi')),
    ),
  );
  ended({ stop: () => upstream.close() });
  const base = laneOver([upstream.url, upstream.url]);
  const config = {
    ...base,
    lanes: { main: { preferred: ['a/m'] }, deep: { preferred: ['b/m'] } },
    rules: { deep_ingest: { lane: 'deep', over_tokens: 1_000 } },
  };
  return ended(await startGateway({ config, discover: false }));
}

const hint = (value: string): Record<string, string> => ({ 'x-laneway-hint': value });

describe('the rule that moved a request', () => {
  test.each([[false], [true]])(
    'is in the reply header, the trace and the list; stream: %s',
    async (stream) => {
      const laneway = await setUp();
      const reply = await laneway.chat({ model: 'auto', stream }, hint('deep_ingest'));
      await reply.text();
      expect(reply.headers.get('x-laneway-rule')).toBe('deep_ingest');
      expect(reply.headers.get('x-laneway-target')).toBe('b/m');
      expect(await laneway.trace(reply)).toMatchObject({ rule: 'deep_ingest', lane: 'main', target: 'b/m' });
      const { body } = await call<{ requests: { rule: string | null }[] }>(
        laneway,
        'GET',
        '/api/debug/requests',
      );
      expect(body.requests[0]?.rule).toBe('deep_ingest');
    },
  );

  test('is absent where no rule did, null in the trace', async () => {
    const laneway = await setUp();
    const reply = await laneway.chat({ model: 'auto' });
    await reply.text();
    expect(reply.headers.get('x-laneway-rule')).toBeNull();
    expect(await laneway.trace(reply)).toMatchObject({ rule: null });
  });

  test('is also on an error of a moved request', async () => {
    const laneway = await setUp();
    const reply = await laneway.chat(
      { model: 'auto', messages: [{ role: 'user', content: 'x'.repeat(9_000) }] },
      { 'x-laneway-hop': '3' },
    );
    expect([reply.status, reply.headers.get('x-laneway-rule')]).toEqual([508, 'deep_ingest']);
  });
});

describe('a header of Laneway that has no effect', () => {
  test.each([
    ['x-laneway-nod', 'coder', 'did you mean x-laneway-node?'],
    ['x-laneway-colour', 'blue', 'known: x-laneway-node'],
    ['x-laneway-no-fallback', 'maybe', 'send 1'],
  ])('%s: %s is a warning with what to send instead, and not in the log', async (name, value, advice) => {
    const laneway = await setUp();
    const reply = await laneway.chat({ model: 'auto' }, { [name]: value });
    await reply.text();
    expect([reply.status, reply.headers.get('x-laneway-warnings')]).toEqual([
      200,
      expect.stringContaining(`header_ignored=${name}`) as string,
    ]);
    expect(reply.headers.get('x-laneway-warnings')).toContain(advice);
    expect(JSON.stringify(laneway.log)).not.toContain('header_ignored');
    const { body } = await call(laneway, 'POST', '/api/debug/resolve', { model: 'auto' }, { [name]: value });
    expect(body).toMatchObject({ warnings: [{ code: 'header_ignored' }] });
  });

  test('is reported at most three times, and the known ones never', async () => {
    const laneway = await setUp();
    const headers = Object.fromEntries(['a', 'b', 'c', 'd'].map((end) => [`x-laneway-zz${end}`, '1']));
    const reply = await laneway.chat({ model: 'auto' }, headers);
    await reply.text();
    expect(reply.headers.get('x-laneway-warnings')?.match(/header_ignored/g)).toHaveLength(3);
    const known = { 'x-laneway-lane': 'main', 'x-laneway-user': 'u', 'x-laneway-no-fallback': '0' };
    const quiet = await laneway.chat({ model: 'auto' }, { ...known, 'x-laneway-hop': '0' });
    await quiet.text();
    expect(quiet.headers.get('x-laneway-warnings')).toBeNull();
  });

  test.each(['1', 'true', 'Yes', 'on'])('x-laneway-no-fallback: %s leaves one target', async (value) => {
    const laneway = await setUp();
    const headers = { 'x-laneway-no-fallback': value, 'x-laneway-hint': 'deep_ingest' };
    const { body } = await call(laneway, 'POST', '/api/debug/resolve', { model: 'auto' }, headers);
    expect(JSON.stringify(body)).toContain('no_fallback');
  });
});

describe('an unknown hint', () => {
  test('is a warning in the reply, the trace and the resolved plan, and the known ones still count', async () => {
    const laneway = await setUp();
    const reply = await laneway.chat({ model: 'auto' }, hint('deep-ingest, deep_ingest'));
    await reply.text();
    const warnings = reply.headers.get('x-laneway-warnings');
    expect(warnings).toContain('unknown_hint="deep-ingest"');
    expect(warnings).toContain('repository');
    expect(reply.headers.get('x-laneway-rule')).toBe('deep_ingest');
    expect((await laneway.trace(reply)).warnings.map(({ code }) => code)).toEqual(['unknown_hint']);
    const { body } = await call(laneway, 'POST', '/api/debug/resolve', { model: 'auto' }, hint('repo'));
    expect(body).toMatchObject({ warnings: [{ code: 'unknown_hint' }] });
  });

  test('is a word of the caller, so it never gets into the log', async () => {
    const laneway = await setUp();
    await (await laneway.chat({ model: 'auto' }, hint('made-up'))).text();
    expect(JSON.stringify(laneway.log)).not.toContain('made-up');
  });
});
