import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Admission } from '../../../src/execution/admit/admission.ts';
import { RequestBody } from '../../../src/execution/admit/request-body.ts';
import type { Attempt } from '../../../src/execution/attempt/attempt-context.ts';
import { AttemptTrace } from '../../../src/execution/record/attempt-trace.ts';
import type { ClientConnection } from '../../../src/execution/respond/client-connection.ts';
import { ClientReply } from '../../../src/execution/respond/client-reply.ts';
import { commit } from '../../../src/execution/commit/commit.ts';
import { RequestContext } from '../../../src/execution/request-context.ts';
import { RequestHeartbeat } from '../../../src/execution/respond/request-heartbeat.ts';
import type { Surface } from '../../../src/wire/surface.ts';
import { anthropicSurface } from '../../../src/wire/surfaces/anthropic.ts';
import { openAiSurface } from '../../../src/wire/surfaces/openai.ts';
import { wireOf } from '../../../src/wire/wires.ts';
import { snapshotOf } from '../../support/snapshot.ts';

class RecordedConnection implements ClientConnection {
  disconnected = false;
  headSent = false;
  readonly written: string[] = [];
  headers: readonly string[] = [];
  onDisconnect(): void {
    // this client stays
  }
  head(status: number, headers: readonly string[]): void {
    this.headSent = true;
    this.headers = headers;
    this.written.push(`head ${status}`);
  }
  write(chunk: Buffer): boolean {
    this.written.push(chunk.toString());
    return true;
  }
  onDrain(): void {
    // this client is quick
  }
  end(): void {
    this.written.push('end');
  }
  destroy(): void {
    this.written.push('destroyed');
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function waitingRequest(connection: ClientConnection, surface: Surface = openAiSurface): RequestContext {
  const reply = new ClientReply(connection);
  const incoming = {
    id: 'req_test',
    endpoint: '/v1/chat/completions',
    wire: wireOf('openai-chat'),
    surface,
    reply,
    receivedAt: 0,
    authenticatedAt: 0,
    wallStart: 0,
    routing: { node: null, lane: null, hints: [], noFallback: false },
    forwardedHeaders: {},
    hop: 0,
    user: null,
    clientRequestId: null,
    replyHeaders: [],
  };
  const body = new RequestBody(Buffer.alloc(0), new Admission().reserve(0));
  const context = new RequestContext(incoming, body, 0);
  reply.startHeartbeat(new RequestHeartbeat(context));
  return context;
}

test('a waiting stream gets 200 and a heartbeat after 10 s, then one every 15 s', () => {
  const connection = new RecordedConnection();
  waitingRequest(connection);
  vi.advanceTimersByTime(9_999);
  expect(connection.written).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(connection.written[0]).toBe('head 200');
  expect(connection.written[1]).toMatch(/^:.*\n\n$/);
  vi.advanceTimersByTime(45_000);
  expect(connection.written).toHaveLength(5);
});

test('the head sent with a heartbeat names no target, and the commit names it in a comment', () => {
  const connection = new RecordedConnection();
  const context = waitingRequest(connection);
  vi.advanceTimersByTime(10_000);
  expect(connection.headers).not.toContain('x-laneway-target');
  const target = snapshotOf({ models: { 'groq/x': {} } }).models.get('groq/x');
  if (target === undefined) throw new Error('no target');
  const trace = new AttemptTrace(1, target.id, 0, false);
  const attempt = { context, target, trace, ports: { clock: { now: () => 1 } } } as unknown as Attempt;
  const headers = { raw: [], scrub: (text: string) => text };
  expect(commit(attempt, { model: null, status: 200, headers, wholeBytes: null })).toBeNull();
  expect(connection.written.at(-1)).toBe(': laneway-target groq/x\n\n');
  vi.advanceTimersByTime(60_000);
  expect(connection.written).toHaveLength(3);
});

test('a disconnected client gets no heartbeat', () => {
  const connection = new RecordedConnection();
  waitingRequest(connection);
  connection.disconnected = true;
  vi.advanceTimersByTime(30_000);
  expect(connection.written).toEqual([]);
});

test('wire case 132: a waiting client of the Anthropic surface is sent ping events', () => {
  const connection = new RecordedConnection();
  waitingRequest(connection, anthropicSurface);
  vi.advanceTimersByTime(25_000);
  expect(connection.written.slice(1)).toEqual(Array(2).fill('event: ping\ndata: {"type":"ping"}\n\n'));
});
