import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { completion } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';

/** Everything started, stopped in reverse order by `stopAll`. */
const running: { stop(): Promise<void> }[] = [];

/** Registers something to stop after the test. */
export function ended<Started extends { stop(): Promise<void> }>(started: Started): Started {
  running.push(started);
  return started;
}

/** For `afterEach`. */
export async function stopAll(): Promise<void> {
  for (const one of running.splice(0).reverse()) await one.stop();
}

/** A server that answers every chat with the same text. */
export async function server(content: string): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(chatScript(() => json(200, completion(content))));
  running.push({ stop: () => upstream.close() });
  return upstream;
}

/** A reply of Laneway's own API. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body & { readonly error: Fault };
}

/** `error` of an error reply; its fields are undefined on success. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  readonly detail: { readonly reasons: readonly { readonly code: string; readonly reason: string }[] };
}

/** Calls Laneway's own API; a body is sent as JSON. */
export async function call<Body = Record<string, unknown>>(
  gateway: { readonly url: string },
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<Body>> {
  const answer = await fetch(gateway.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as Answer<Body>['body'],
  };
}

/** An assignment of `/api/debug/models`, with what a switch adds. */
export interface AssignmentBody {
  readonly node: string;
  readonly provider: string | null;
  readonly model_id: string | null;
  readonly lane: string | null;
  readonly is_default: boolean;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly expires_at: string | null;
  readonly generation: number;
  readonly previous: { readonly provider: string | null };
  readonly warnings: readonly { readonly code: string }[];
  readonly dry_run?: boolean;
  readonly fit?: boolean;
  readonly reasons?: readonly { readonly code: string }[];
}

/** The assignment of a node, and the generation. */
export async function assignment(
  gateway: { readonly url: string },
  node: string,
): Promise<AssignmentBody & { readonly generation: number }> {
  const { body } = await call<{ generation: number; assignments: Record<string, AssignmentBody> }>(
    gateway,
    'GET',
    '/api/debug/models',
  );
  const shown = body.assignments[node];
  if (shown === undefined) throw new Error(`there is no node ${node}`);
  return { ...shown, generation: body.generation };
}

/** A wall clock that tests move; the monotonic one is real. */
export function movableClock(): { now: () => number; wall: () => number; forward(ms: number): void } {
  let ahead = 0;
  return {
    now: () => performance.now(),
    wall: () => Date.now() + ahead,
    forward: (ms) => {
      ahead += ms;
    },
  };
}
