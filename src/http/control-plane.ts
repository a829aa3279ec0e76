import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifySchemaCompiler,
  FastifyServerOptions,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { GatewayError } from '../protocol/errors.ts';
import { describeIssue } from '../util/describe-issue.ts';
import { nearestAdvice } from '../util/nearest.ts';
import { shorten } from '../util/shorten.ts';
import { PREFLIGHT_ROUTE } from './plugins/cors.ts';

/** Who may call a route: anyone, clients that may use models, or the operator. */
export type Role = 'public' | 'client' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Required on every route (`requireRoles`). */
    role?: Role;
    /**
     * For `/docs`: example body of a data-plane route; null for a file. Those bodies stay bytes, so no schema describes
     * them.
     */
    bodyExample?: object;
    /** On data-plane routes: the body may also be a form with files (`multipart/form-data`). */
    acceptsForms?: boolean;
  }
  interface FastifyRequest {
    /** The caller, for audit rows: `local` (loopback, no credential required) or `admin`. */
    actor: string;
  }
}

/** Largest request body of the control plane. */
export const CONTROL_PLANE_BODY_MAX_BYTES = 1024 * 1024;

/** The server as the routes of Laneway's own API see it: zod schemas, which also type what handlers receive. */
export type ControlPlane = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/**
 * Validates requests with the routes' zod schemas. Replies are not validated at run time: handlers are typed by the same
 * schemas, and the tests check replies against them. Routes without a schema (the data plane) pay nothing. An option of
 * the server, since Fastify loads its own compilers (ajv, fast-json-stringify) unless it has others from the beginning.
 */
export const ZOD_SCHEMAS = {
  compilersFactory: {
    // Fastify types the compiler as ajv's.
    buildValidator: (() => zodValidator) as unknown as NonNullable<Compilers['buildValidator']>,
    buildSerializer: () => () => JSON.stringify,
  },
} satisfies FastifyServerOptions['schemaController'];

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

const zodValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  if (httpPart === 'body') return (body) => check(schema, jsonBody(body), 'the body');
  if (httpPart === 'querystring') return (query) => check(schema, withoutBlanks(query), 'the query');
  return (value) => check(schema, value, `the ${httpPart ?? 'request'}`);
};

/** Throws, at start, for a route that does not declare who may call it. */
export function requireRoles(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (url !== PREFLIGHT_ROUTE && config?.role === undefined)
      throw new Error(`${[method].flat().join()} ${url} declares no role`);
  });
}

/** Parses a body that Fastify left as bytes; an empty one is `{}`. Throws `invalid_json`. */
export function jsonBody(body: unknown): unknown {
  if (!(body instanceof Buffer) || body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new GatewayError('invalid_json', `the body is not JSON: ${withoutBody(error)}`);
  }
}

/** The message of `JSON.parse` without the text that it quotes, which may be a key. */
function withoutBody(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const rest = message.replace(/(?:,? ?(?:\.\.\.)?"[\s\S]*)? is not valid JSON$/, '');
  return rest === '' ? 'unexpected text' : rest;
}

/** Drops empty query parameters: forms send `node=&limit=` for fields left blank. */
function withoutBlanks(query: unknown): unknown {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ''));
}

/**
 * Validates input against a schema; the error is an `invalid_body` that names the field. `whole` names the input where no
 * single field is at fault.
 */
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
  const message = `${path === '' ? whole : path}: ${issue === undefined ? 'invalid' : wordsOf(issue, value, schema)}`;
  return { error: new GatewayError('invalid_body', message, param === '' ? {} : { param }) };
}

function wordsOf(issue: z.core.$ZodIssue, value: unknown, schema: z.ZodType): string {
  if (issue.code === 'unrecognized_keys') return unknownFields(issue.keys, fieldsOf(schema, issue.path));
  let at = value;
  for (const key of issue.path) at = (at as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return describeIssue(issue, at);
}

/** Names the unknown fields, and the nearest known one; where none is near, all of them. */
function unknownFields(keys: readonly string[], known: readonly string[]): string {
  const named = keys.slice(0, 5).map((key) => `"${shorten(key)}"`);
  const near = nearestAdvice(keys[0] ?? '', known);
  const advice =
    near !== '' ? near : known.length > 0 ? `; known: ${known.join(', ')}` : '; this call takes none';
  return `unknown field ${named.join(', ')}${advice}`;
}

/** The fields that an object schema knows at a path; empty where the path does not lead to an object. */
function fieldsOf(schema: unknown, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const key of path) {
    at = unwrapped(at);
    at = at instanceof z.ZodObject ? (at.shape as Record<PropertyKey, unknown>)[key] : null;
  }
  at = unwrapped(at);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? unwrapped(schema.unwrap())
    : schema;
}
