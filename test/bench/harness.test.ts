import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Helpers } from '../../bench/load-client.ts';
import { COMPLETION, documentBody, EVENTS, httpRequest, requestBody } from '../../bench/payload.ts';
import { MODEL, startSubject, type Subject } from '../../bench/subjects.ts';

const folder = mkdtempSync(join(tmpdir(), 'laneway-bench-test-'));
let helpers: Helpers;
let bare: Subject;
let laneway: Subject;

beforeAll(async () => {
  helpers = await Helpers.start(folder);
  const setup = { upstreamPort: helpers.upstreamPort, folder };
  bare = await startSubject('bare', setup);
  laneway = await startSubject('laneway', setup);
});
afterAll(async () => {
  await Promise.all([bare.stop(), laneway.stop()]);
  await helpers.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function post(port: number, body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(200);
  return response.text();
}

test('the bare proxy answers what the upstream answers, to small and to large requests', async () => {
  for (const bytes of [2048, 50 * 1024]) {
    const body = requestBody(bytes, 'bench', null);
    expect(body.length).toBeGreaterThan(bytes * 0.95);
    expect(body.length).toBeLessThanOrEqual(bytes);
    expect(await post(helpers.upstreamPort, new Uint8Array(body))).toBe(COMPLETION.toString());
    expect(await post(bare.port, new Uint8Array(body))).toBe(COMPLETION.toString());
  }
});

test('a stream has the events that were asked for, and its usage only when that was asked for', async () => {
  const plain = requestBody(500, 'bench', { events: 7, gapMs: 1 }).toString();
  const { first, content, finish, usage, done } = EVENTS.plain;
  expect(await post(bare.port, plain)).toBe(first + content.repeat(7) + finish + done);
  const metered = plain.replace(/\}$/, ',"stream_options":{"include_usage":true}}');
  expect(await post(bare.port, metered)).toBe(first + content.repeat(7) + finish + usage + done);
});

test('the bare proxy passes the bytes of the streams that Laneway mends and translates', async () => {
  for (const kind of ['mended', 'messages'] as const) {
    const { first, content, finish, done } = EVENTS[kind];
    const body = requestBody(500, 'bench', { kind, events: 7, gapMs: 1 }).toString();
    expect(await post(bare.port, body)).toBe(first + content.repeat(7) + finish + done);
  }
});

test('a stream without pauses, and one whose fields vary, reach the client whole and untouched', async () => {
  for (const { port } of [bare, laneway]) {
    const plain = requestBody(500, MODEL.guarded, { events: 3000, gapMs: 0 }).toString();
    const { first, content, finish, done } = EVENTS.plain;
    expect(await post(port, plain)).toBe(first + content.repeat(3000) + finish + done);
    const body = requestBody(500, MODEL.guarded, { kind: 'varying', events: 3000, gapMs: 0 }).toString();
    const varying = await post(port, body);
    expect(varying.startsWith(first)).toBe(true);
    const shape =
      /"content":" word"\},"logprobs":null,"finish_reason":null\}\],"obfuscation":"\w+","timestamp":\d{13}\}\n\n/g;
    expect(varying.match(shape)).toHaveLength(3000);
  }
});

test('Laneway writes every event of the mended stream anew', async () => {
  const body = requestBody(500, MODEL.guarded, { kind: 'mended', events: 7, gapMs: 1 }).toString();
  const text = await post(laneway.port, body);
  expect(text).not.toContain(EVENTS.mended.content);
  expect(
    text.match(/"delta":\{"content":"","reasoning":" word","reasoning_content":" word"\}/g),
  ).toHaveLength(7);
});

test("Laneway gives the translated stream in OpenAI's chunks, one for each of its events", async () => {
  const body = requestBody(500, MODEL.translated, { kind: 'messages', events: 7, gapMs: 1 }).toString();
  const text = await post(laneway.port, body);
  expect(text).not.toContain('content_block');
  expect(text.match(/"chat\.completion\.chunk".*"delta":\{"content":" word"\}/g)).toHaveLength(7);
  expect(text).toMatch(/"finish_reason":"stop".*\n\ndata: \[DONE\]\n\n$/);
});

test('the load generator counts answers, keeps its rate, reads streams to their end and holds others open', async () => {
  const { port } = bare;
  const request = httpRequest(port, requestBody(2048, 'bench', null));
  const open = await helpers.load({ mode: 'open', port, request, perSecond: 200, count: 40, skip: 10 });
  expect(open).toMatchObject({ completed: 50, errors: 0 });
  expect(open.latenciesUs).toHaveLength(40);
  const closed = await helpers.load({ mode: 'closed', port, request, connections: 4, seconds: 0.2 });
  expect(closed.completed).toBeGreaterThan(4);
  const short = httpRequest(port, requestBody(500, 'bench', { events: 5, gapMs: 2 }));
  expect(await helpers.load({ mode: 'streams', port, request: short, streams: 3, overMs: 10 })).toMatchObject(
    {
      completed: 3,
    },
  );
  const long = httpRequest(port, requestBody(500, 'bench', { events: 5000, gapMs: 50 }));
  await helpers.load({ mode: 'hold', port, request: long, streams: 3, overMs: 10 });
  expect(await helpers.load({ mode: 'release' })).toMatchObject({ completed: 3 });
});

test('the longest silence of a stream is told for each large request that passes beside it', async () => {
  const { port } = bare;
  const request = httpRequest(port, requestBody(500, 'bench', { events: 5000, gapMs: 5 }));
  const large = httpRequest(port, documentBody(3_000_000, 'bench'));
  const result = await helpers.load({ mode: 'beside', port, request, large, count: 3 });
  expect(result).toMatchObject({ completed: 3, errors: 0 });
  expect(result.latenciesUs).toHaveLength(3);
  for (const silence of result.latenciesUs) expect(silence).toBeGreaterThan(0);
});

test('a failed request fails the bench: a figure beside errors means nothing', async () => {
  const { port } = bare;
  const request = Buffer.from('POST /elsewhere HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
  const shape = { mode: 'open', port, request, perSecond: 100, count: 3, skip: 0 } as const;
  await expect(helpers.load(shape)).rejects.toThrow('open: 3 of 3 requests failed');
});
