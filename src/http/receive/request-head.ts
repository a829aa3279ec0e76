import type { FastifyReply, FastifyRequest } from 'fastify';

import { GatewayError } from '../../protocol/errors.ts';

const SLASH = 47;

/** Scheme and authority of a request target in absolute form. */
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/**
 * Returns a target in origin form: absolute form without scheme and host (RFC 9112, section 3.2.2: a server must
 * accept it), anything else as it is.
 */
function originForm(target: string): string {
  if (target.charCodeAt(0) === SLASH) return target;
  const prefix = ABSOLUTE_FORM.exec(target)?.[0];
  if (prefix === undefined) return target;
  const path = target.slice(prefix.length);
  return path.startsWith('/') ? path : `/${path}`;
}

/** Where Groq serves OpenAI's API, and where the `groq-sdk` looks for it below any base URL (its client.ts). */
const GROQ_PREFIX = '/openai';

/** The target that the routes see: in origin form, and without the prefix of Groq's paths. */
export function routedTarget(target: string): string {
  const path = originForm(target);
  return path.startsWith(`${GROQ_PREFIX}/v1/`) ? path.slice(GROQ_PREFIX.length) : path;
}

/** The host that a target in absolute form names, which overrides the header; null for any other form. */
export function absoluteHost(target: string): string | null {
  if (target.charCodeAt(0) === SLASH) return null;
  return ABSOLUTE_FORM.exec(target)?.[1] ?? null;
}

/**
 * Rejects heads that a proxy in front could read differently, so that no two of them disagree on where a request ends
 * or whom it is for (RFC 9112, sections 3.2, 6.1 and 11.2). Throws 400 `invalid_body`, or 417 for an unknown
 * expectation; the connection closes.
 */
export function checkHead(request: FastifyRequest, reply: FastifyReply): void {
  const { httpVersion, headers, rawHeaders } = request.raw;
  const hosts = hostCount(rawHeaders);
  if (hosts !== 1 && (hosts > 1 || httpVersion !== '1.0')) {
    rejectHead(reply, `a request must have exactly one "host" header; this one has ${hosts}`);
  }
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) checkCoding(coding, httpVersion, reply);
  if (headers.expect !== undefined) checkExpectation(headers.expect, httpVersion, reply);
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    rejectHead(reply, `HTTP/${httpVersion} is not supported; send HTTP/1.1`);
  }
  checkTarget(request, reply);
}

/** Closes the connection and throws `invalid_body`. */
export function rejectHead(reply: FastifyReply, message: string, status?: number): never {
  void reply.header('connection', 'close');
  throw new GatewayError('invalid_body', message, status === undefined ? {} : { status });
}

function hostCount(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

function checkCoding(coding: string, httpVersion: string, reply: FastifyReply): void {
  if (httpVersion === '1.0') rejectHead(reply, 'HTTP/1.0 has no "transfer-encoding"; send "content-length"');
  if (coding.toLowerCase() === 'chunked') return;
  rejectHead(reply, `"transfer-encoding: ${coding.slice(0, 100)}" is not supported; only "chunked" is`);
}

/** HTTP/1.0 has no expectations: there the header is ignored (RFC 9110, section 10.1.1). */
function checkExpectation(expect: string, httpVersion: string, reply: FastifyReply): void {
  if (httpVersion === '1.0' || expect.toLowerCase() === '100-continue') return;
  rejectHead(reply, `"expect: ${expect.slice(0, 100)}" is not supported; only "100-continue" is`, 417);
}

function checkTarget({ originalUrl, method }: FastifyRequest, reply: FastifyReply): void {
  if (originalUrl.includes('#')) rejectHead(reply, 'the request target must not contain "#"');
  if (originalUrl.charCodeAt(0) === SLASH) return;
  if (originalUrl === '*') {
    if (method !== 'OPTIONS') rejectHead(reply, 'the request target "*" is only for OPTIONS');
    return;
  }
  const host = absoluteHost(originalUrl);
  if (host === null || host === '' || host.includes('@')) {
    rejectHead(
      reply,
      'the request target must be a path, or http:// with the host of this gateway and a path',
    );
  }
}
