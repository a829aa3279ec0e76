import type { Warning } from '../../protocol/wire.ts';
import { asciiHeader } from '../../util/ascii.ts';
import type { Framing } from '../../wire/framing/framing.ts';
import type { Job } from '../request-context.ts';

/** Header pairs of an upstream reply, flat, as they came. */
export type RawHeaders = readonly (Buffer | string)[];

/** An upstream's headers, and how its provider's secrets are taken out of them. */
export interface UpstreamHeaders {
  readonly raw: RawHeaders;
  readonly scrub: (text: string) => string;
}

/** Upstream headers that a client gets to see (API section 3); prefixes end with `-`. */
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

/** Headers of a stream; `upstream` null while no target is chosen (pings). */
export function streamHeaders(job: Job, upstream: UpstreamHeaders | null): string[] {
  const headers = ownHeaders(job, upstream !== null);
  const { framing } = job.incoming.wire;
  if (framing !== null) headers.push('content-type', framing.contentType);
  headers.push('cache-control', 'no-cache');
  // Proxies in front of us must not hold events back (nginx; wire case 17).
  headers.push('x-accel-buffering', 'no');
  if (upstream !== null) passHeaders(headers, upstream);
  return headers;
}

/** Headers of a whole reply of `bytes` bytes. */
export function unaryHeaders(job: Job, upstream: UpstreamHeaders, bytes: number): string[] {
  const headers = ownHeaders(job, true);
  headers.push('content-type', 'application/json', 'content-length', String(bytes));
  passHeaders(headers, upstream);
  return headers;
}

/** Laneway's own headers on any reply of the data plane; with `target` also those bound to the one that answered. */
export function ownHeaders(job: Job, target: boolean): string[] {
  const { incoming, plan } = job;
  const headers = ['x-request-id', incoming.id];
  const { requestIdHeader } = incoming.surface;
  if (requestIdHeader !== null) headers.push(requestIdHeader, incoming.id);
  if (plan !== null) {
    headers.push('x-laneway-generation', String(plan.generation));
    if (plan.node !== null) headers.push('x-laneway-node', plan.node.name);
    if (plan.lane !== null) headers.push('x-laneway-lane', plan.lane.name);
  }
  if (target) {
    headers.push('x-laneway-attempts', String(job.attempts.length));
    if (job.target !== null) headers.push('x-laneway-target', asciiHeader(job.target));
    if (job.warnings.length > 0) headers.push('x-laneway-warnings', warningsHeader(job.warnings));
  }
  if (incoming.extraHeaders.length > 0) headers.push(...incoming.extraHeaders);
  return headers;
}

/** `code=detail`, comma-separated, 1 KiB at most: what does not fit is cut whole. */
function warningsHeader(warnings: readonly Warning[]): string {
  let text = '';
  for (const { code, detail } of warnings) {
    const next = `${text === '' ? '' : ', '}${code}=${asciiHeader(detail).replaceAll(',', ';')}`;
    if (text.length + next.length > WARNINGS_MAX_BYTES) break;
    text += next;
  }
  return text;
}

/** Those of an upstream's headers that a client gets to see; flat. */
export function passedHeaders(upstream: UpstreamHeaders): string[] {
  const headers: string[] = [];
  passHeaders(headers, upstream);
  return headers;
}

function passHeaders(headers: string[], { raw: upstream, scrub }: UpstreamHeaders): void {
  for (let index = 0; index + 1 < upstream.length; index += 2) {
    const first = upstream[index]?.[0];
    // Nearly all headers are ruled out by their first letter: x, a, o in either case.
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
