import type { Warning } from '../../protocol/wire.ts';
import { asciiHeader } from '../../util/ascii.ts';
import type { Framing } from '../../wire/framing/framing.ts';
import type { RequestContext } from '../request-context.ts';

/** Headers of an upstream reply as received; flat: name, value, name, value. */
export type RawHeaders = readonly (Buffer | string)[];

/** Headers of an upstream reply, with the function that removes its provider's secrets. */
export interface UpstreamHeaders {
  readonly raw: RawHeaders;
  readonly scrub: (text: string) => string;
}

/** Upstream headers passed to the client; prefixes end with `-`. */
const PASSED = ['x-ratelimit-', 'anthropic-ratelimit-', 'openai-processing-ms', 'openai-version'] as const;

const WARNINGS_MAX_BYTES = 1024;

/** One header of a raw list, by lower-case name; null when absent. */
export function rawHeader(headers: RawHeaders, name: string): string | null {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const candidate = headers[index];
    if (candidate?.length === name.length && candidate.toString().toLowerCase() === name) {
      return headers[index + 1]?.toString() ?? null;
    }
  }
  return null;
}

/** Does a reply with these headers hold a stream in this framing? Never where the wire has none. */
export function isStream(headers: RawHeaders, framing: Framing | null): boolean {
  return framing?.accepts(rawHeader(headers, 'content-type')?.toLowerCase() ?? '') ?? false;
}

/** Headers of a stream; `upstream` is null before the commit (heartbeat). */
export function streamHeaders(context: RequestContext, upstream: UpstreamHeaders | null): string[] {
  const headers = gatewayHeaders(context, upstream !== null);
  const { framing } = context.incoming.wire;
  if (framing !== null) headers.push('content-type', framing.contentType);
  headers.push('cache-control', 'no-cache');
  // A reverse proxy must not buffer events (nginx; wire case 17).
  headers.push('x-accel-buffering', 'no');
  if (upstream !== null) passHeaders(headers, upstream);
  return headers;
}

/** Headers of a whole reply of `bytes` bytes. */
export function unaryHeaders(context: RequestContext, upstream: UpstreamHeaders, bytes: number): string[] {
  const headers = gatewayHeaders(context, true);
  headers.push('content-type', 'application/json', 'content-length', String(bytes));
  passHeaders(headers, upstream);
  return headers;
}

/** Laneway's headers of a data-plane reply; with `target` also those about the target and its attempts. */
export function gatewayHeaders({ incoming, trace }: RequestContext, target: boolean): string[] {
  const { plan } = trace;
  const headers = ['x-request-id', incoming.id];
  const { requestIdHeader } = incoming.surface;
  if (requestIdHeader !== null) headers.push(requestIdHeader, incoming.id);
  if (plan !== null) {
    headers.push('x-laneway-generation', String(plan.generation));
    if (plan.node !== null) headers.push('x-laneway-node', plan.node.name);
    if (plan.lane !== null) headers.push('x-laneway-lane', plan.lane.name);
  }
  if (target) {
    headers.push('x-laneway-attempts', String(trace.attempts.length));
    if (trace.target !== null) headers.push('x-laneway-target', asciiHeader(trace.target));
    if (trace.warnings.length > 0) headers.push('x-laneway-warnings', warningsHeader(trace.warnings));
  }
  if (incoming.replyHeaders.length > 0) headers.push(...incoming.replyHeaders);
  return headers;
}

/** `code=detail`, comma-separated, at most 1 KiB: warnings that do not fit are left out whole. */
function warningsHeader(warnings: readonly Warning[]): string {
  let text = '';
  for (const { code, detail } of warnings) {
    const next = `${text === '' ? '' : ', '}${code}=${asciiHeader(detail).replaceAll(',', ';')}`;
    if (text.length + next.length > WARNINGS_MAX_BYTES) break;
    text += next;
  }
  return text;
}

/** The upstream headers that are passed to the client; flat. */
export function passedHeaders(upstream: UpstreamHeaders): string[] {
  const headers: string[] = [];
  passHeaders(headers, upstream);
  return headers;
}

function passHeaders(headers: string[], { raw: upstream, scrub }: UpstreamHeaders): void {
  for (let index = 0; index + 1 < upstream.length; index += 2) {
    const first = upstream[index]?.[0];
    // The first letter excludes nearly all headers: x, a, o in either case.
    if (first === undefined || !isCandidate(first)) continue;
    const name = String(upstream[index]).toLowerCase();
    if (PASSED.some((passed) => (passed.endsWith('-') ? name.startsWith(passed) : name === passed))) {
      headers.push(name, asciiHeader(scrub(String(upstream[index + 1]))));
    }
  }
}

function isCandidate(first: number | string): boolean {
  const letter = (typeof first === 'number' ? String.fromCharCode(first) : first).toLowerCase();
  return letter === 'x' || letter === 'a' || letter === 'o';
}
