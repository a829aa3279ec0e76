import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';

import { GatewayError } from '../protocol/errors.ts';
import { jsonBody } from './control-plane-body.ts';
import { PREFLIGHT_ROUTE } from './plugins/cors.ts';

/** Who may call a route: everybody, whoever may use models, or the operator. */
export type Role = 'public' | 'client' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route must say it (`requireRoles`). */
    role?: Role;
    /** For `/docs`: a body of a data-plane route, which no schema describes since it stays bytes. */
    bodyExample?: object;
  }
  interface FastifyRequest {
    /** Who asks, for audit rows: `local` (loopback, no credential required) or `admin`. */
    actor: string;
  }
}

/** The server as the routes of Laneway's own API see it: their schemas are zod's and type what handlers get. */
export type ControlPlane = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/**
 * Makes zod judge what the routes' schemas describe. Only requests are judged: what handlers answer is typed by the
 * same schemas, and the tests hold it against them. Routes without a schema (the data plane) pay nothing.
 */
export function useZodSchemas(app: FastifyInstance): void {
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => {
    if (httpPart === 'body') return (body) => check(schema, jsonBody(body), 'the body');
    if (httpPart === 'querystring') return (query) => check(schema, withoutBlanks(query), 'the query');
    return (value) => check(schema, value, `the ${httpPart ?? 'request'}`);
  });
  app.setSerializerCompiler(() => JSON.stringify);
}

/** Throws, at start, for a route that does not declare who may call it. */
export function requireRoles(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (url !== PREFLIGHT_ROUTE && config?.role === undefined) throw new Error(`${[method].flat().join()} ${url} declares no role`);
  });
}

/** Forms send `node=&limit=` for what was left open. */
function withoutBlanks(query: unknown): unknown {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ''));
}

/** Judges what a caller sent; an `invalid_body` names the field. `whole` is what it is called where no field is at fault. */
export function check<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  whole: string,
): { value: Value } | { error: GatewayError } {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  const param = path !== '' ? path : issue?.code === 'unrecognized_keys' ? (issue.keys[0] ?? '') : '';
  const message = `${path === '' ? whole : path}: ${issue?.message ?? 'not as expected'}`;
  return { error: new GatewayError('invalid_body', message, param === '' ? {} : { param }) };
}
