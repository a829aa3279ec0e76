import swagger, { formatParamUrl, type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import Fastify, { type FastifyContextConfig, type RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

import { ERRORS } from '../../protocol/errors.ts';
import type { Role } from '../control-plane.ts';

/** What the document says of the gateway itself. */
export interface DocumentFacts {
  readonly version: string;
  /** Whose calls need a credential; the public ones never do. */
  readonly keyRequired: { readonly client: boolean; readonly admin: boolean };
}

/** A route as it was registered: its schemas are zod's. */
export type DescribedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>;

/** An OpenAPI document, as far as anybody here looks into it. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  responses: Record<string, { description?: string; readonly $ref?: string }>;
  parameters?: readonly object[];
  requestBody?: { required?: boolean; readonly content: object };
}

type OpenApi = NonNullable<FastifyDynamicSwaggerOptions['openapi']>;

/**
 * The OpenAPI document of the gateway's routes. A server that never listens takes them in place of their handlers: so
 * the generator's hooks are not in the gateway, nor its loading time before somebody reads.
 */
export async function openApiDocument(
  routes: readonly DescribedRoute[],
  facts: DocumentFacts,
): Promise<OpenApiDocument> {
  const app = Fastify();
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, {
    openapi: openApi(facts),
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      const security = securityOf(input.route.config?.role ?? 'admin', facts);
      return { schema: { ...schema, security }, url: url.replace(/\/\*$/, '/:id') };
    },
  });
  for (const { method, url, schema = {}, config = {} } of routes) {
    const { params, ...rest } = schema;
    // A wildcard has no name for its parameter but the one that the path shows.
    const described = url.endsWith('/*') || params === undefined ? rest : schema;
    app.route({ method, url, schema: described, config, handler: unreachable });
  }
  await app.ready();
  const document = withoutNoise(app.swagger() as unknown as OpenApiDocument);
  for (const { method, url, schema, config = {} } of routes) {
    for (const one of [method].flat()) {
      const operation = document.paths[documentPath(url)]?.[one.toLowerCase()];
      if (operation === undefined) continue;
      if (operation.requestBody !== undefined && isOptional(schema?.body))
        operation.requestBody.required = false;
      complete(operation, config);
    }
  }
  await app.close();
  return document;
}

/** No body counts as `{}` (API section 1): where that will do, none is needed. */
function isOptional(body: unknown): boolean {
  return body instanceof z.ZodType && body.safeParse({}).success;
}

/** A path as the document writes it. */
function documentPath(url: string): string {
  return formatParamUrl(url.replace(/\/\*$/, '/:id'));
}

/** Nobody can ask this server. */
function unreachable(): never {
  throw new Error('a described route was called');
}

/** What every operation has in common, and what no schema of a route says. */
function complete(operation: Operation, { bodyExample }: FastifyContextConfig): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? status;
  }
  operation.responses = { ...operation.responses, default: { $ref: '#/components/responses/Error' } };
  if (bodyExample === undefined) return;
  operation.parameters = ROUTING_HEADERS;
  operation.requestBody = {
    required: true,
    content: { 'application/json': { schema: { type: 'object' }, example: bodyExample } },
  };
}

/** How headers steer the routing of data-plane requests (DESIGN section 4). */
const ROUTING_HEADERS: readonly object[] = [
  ['x-laneway-node', 'A node by name; `model` is then only logged.'],
  ['x-laneway-lane', 'A lane by name.'],
  ['x-laneway-user', 'Whose own assignments count.'],
  ['x-laneway-hint', '`repository`, `deep_ingest` or `background`.'],
  ['x-laneway-no-fallback', '`1`: only the first target that no fact excludes.'],
].map(([name, description]) => ({ in: 'header', name, description, schema: { type: 'string' } }));

/** Replies may gain fields, so none is closed; and a whole number needs no bounds of JavaScript's making. */
function withoutNoise(document: OpenApiDocument): OpenApiDocument {
  const drop = (key: string, value: unknown): boolean =>
    (key === 'minimum' && value === Number.MIN_SAFE_INTEGER) ||
    (key === 'maximum' && value === Number.MAX_SAFE_INTEGER);
  const open = (key: string, value: unknown): unknown =>
    key === 'additionalProperties' && value === false ? undefined : value;
  const text = JSON.stringify(document, (key, value: unknown) => (drop(key, value) ? undefined : value));
  return JSON.parse(text, (key, value: unknown) =>
    key === 'responses' ? (JSON.parse(JSON.stringify(value), open) as unknown) : value,
  ) as OpenApiDocument;
}

/** Either header; an empty one, where none is required, says so. */
function securityOf(role: Role, { keyRequired }: DocumentFacts): Record<string, string[]>[] {
  if (role === 'public') return [];
  const either = [{ bearer: [] }, { key: [] }];
  return keyRequired[role] ? either : [{}, ...either];
}

function openApi({ version, keyRequired }: DocumentFacts): OpenApi {
  return {
    openapi: '3.1.0',
    info: { title: 'Laneway', version, description: describe(keyRequired.admin) },
    servers: [{ url: '/' }],
    tags: [
      { name: 'data plane', description: 'What clients of OpenAI and other vendors speak' },
      { name: 'debug', description: 'Assignments, traces, configuration and health' },
      { name: 'model bar', description: 'One active model for callers that know nothing of nodes' },
      { name: 'engines', description: 'Local inference servers and the memory they share' },
      { name: 'profiles', description: 'Named sets of overrides over the configuration' },
      { name: 'events', description: 'What happens, as it happens' },
      { name: 'operations', description: 'Health, metrics, usage, audit' },
    ],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
      schemas: { Error: errorSchema() },
      responses: {
        Error: {
          description: 'An error: its code says which.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
    },
  };
}

/** The envelope of API section 2, with every code there is. */
function errorSchema(): object {
  return {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['message', 'type', 'param', 'code'],
        properties: {
          message: { type: 'string', description: 'What was wrong, and what would be right.' },
          type: { type: 'string', enum: [...new Set(Object.values(ERRORS).map(({ type }) => type))] },
          param: { type: ['string', 'null'], description: 'The field at fault, as a path.' },
          code: {
            type: ['string', 'null'],
            examples: Object.keys(ERRORS),
            description: "One of the codes above; with an error that is passed on, the upstream's own.",
          },
          detail: { description: "More, on Laneway's own API only." },
        },
      },
    },
  };
}

function describe(keyRequired: boolean): string {
  const credential = keyRequired
    ? 'Calls marked with a lock need the key, in either of two headers.'
    : 'This gateway requires no key; any that is sent is ignored.';
  const byStatus = Map.groupBy(Object.entries(ERRORS), ([, { status }]) => status);
  const rows = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => `| ${status} | ${codes.map(([code]) => `\`${code}\``).join(', ')} |`);
  return [
    'Callers name a node or a lane, the operator decides at run time which model answers.',
    '',
    credential,
    '',
    'Reads carry the generation as `ETag`; changes take it as `If-Match`. Every reply has `x-request-id`, which',
    '`/api/debug/requests/{id}` takes.',
    '',
    '| status | codes |',
    '|---|---|',
    ...rows,
  ].join('\n');
}
