import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Admission } from '../../../src/execution/admit/admission.ts';
import type { ClientReply } from '../../../src/execution/respond/client-reply.ts';
import { commit } from '../../../src/execution/commit/commit.ts';
import { Job } from '../../../src/execution/request-context.ts';
import { Heartbeat } from '../../../src/execution/respond/heartbeat.ts';
import type { Surface } from '../../../src/wire/surface.ts';
import { anthropicSurface } from '../../../src/wire/surfaces/anthropic.ts';
import { openAiSurface } from '../../../src/wire/surfaces/openai.ts';
import { wireOf } from '../../../src/wire/wires.ts';
import { snapshotOf } from '../../support/snapshot.ts';

class RememberedReply implements ClientReply {
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

function waitingJob(reply: ClientReply, surface: Surface = openAiSurface): Job {
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
    passed: {},
    hop: 0,
    user: null,
    clientRequestId: null,
    extraHeaders: [],
    hold: new Admission().hold(0),
  };
  const job = new Job(incoming, Buffer.alloc(0), 0);
  job.heartbeat = new Heartbeat(job);
  return job;
}

test('a stream that waits gets 200 and a ping after 10 s, then one every 15 s, with no gap of 20 s (reliability R14)', () => {
  const reply = new RememberedReply();
  waitingJob(reply);
  vi.advanceTimersByTime(9_999);
  expect(reply.written).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(reply.written[0]).toBe('head 200');
  expect(reply.written[1]).toMatch(/^:.*\n\n$/);
  vi.advanceTimersByTime(45_000);
  expect(reply.written).toHaveLength(5);
});

test('the head that goes out with a ping names no target, and the commit names it in a comment', () => {
  const reply = new RememberedReply();
  const job = waitingJob(reply);
  vi.advanceTimersByTime(10_000);
  expect(reply.headers).not.toContain('x-laneway-target');
  const target = snapshotOf({ models: { 'groq/x': {} } }).models.get('groq/x');
  if (target === undefined) throw new Error('no target');
  commit(job, target, 200, { raw: [], scrub: (text) => text }, null, 1);
  expect(reply.written.at(-1)).toBe(': laneway-target groq/x\n\n');
  vi.advanceTimersByTime(60_000);
  expect(reply.written).toHaveLength(3);
});

test('a client that has left is not pinged', () => {
  const reply = new RememberedReply();
  waitingJob(reply);
  reply.disconnected = true;
  vi.advanceTimersByTime(30_000);
  expect(reply.written).toEqual([]);
});

test('wire case 132: a waiting client of the Anthropic surface is sent ping events', () => {
  const reply = new RememberedReply();
  waitingJob(reply, anthropicSurface);
  vi.advanceTimersByTime(25_000);
  expect(reply.written.slice(1)).toEqual(Array(2).fill('event: ping\ndata: {"type":"ping"}\n\n'));
});
