import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';

import { GatewayError } from '../protocol/errors.ts';

/** Largest body of Laneway's own API (API section 1). */
const OWN_BODY_MAX_BYTES = 1024 * 1024;

/** Parses a body of Laneway's own API; an empty one is `{}`. Throws `invalid_json` or `invalid_body`. */
export function ownBody<Schema extends z.ZodType>(request: FastifyRequest, schema: Schema): z.infer<Schema> {
  return checked(schema, jsonBody(request.body), 'the body');
}

/** Parses the query string of an own-API call. Throws `invalid_body`. */
export function ownQuery<Schema extends z.ZodType>(request: FastifyRequest, schema: Schema): z.infer<Schema> {
  return checked(schema, request.query, 'the query');
}

/** The JSON of a body that Fastify left as bytes; none is `{}`. */
export function jsonBody(body: unknown): unknown {
  if (!(body instanceof Buffer) || body.length === 0) return {};
  if (body.length > OWN_BODY_MAX_BYTES) {
    throw new GatewayError('request_too_large', 'the body is too large; the limit of this call is 1 MiB');
  }
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new GatewayError(
      'invalid_json',
      `the body is not JSON: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, whole: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  const param = path !== '' ? path : issue?.code === 'unrecognized_keys' ? (issue.keys[0] ?? '') : '';
  const message = `${path === '' ? whole : path}: ${issue?.message ?? 'not as expected'}`;
  throw new GatewayError('invalid_body', message, param === '' ? {} : { param });
}
