import swagger, { formatParamUrl, type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import Fastify, { type FastifyContextConfig, type RouteOptions } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { ERRORS } from '../../protocol/errors.ts';
import { STATUS_CODES } from '../../util/node-http.ts';
import type { Role } from '../control-plane.ts';

/** Facts about the gateway that the document states. */
export interface DocumentFacts {
  readonly version: string;
  /** Which roles' routes require a credential; public ones never do. */
  readonly keyRequired: { readonly client: boolean; readonly admin: boolean };
}

/** A route as it was registered, with its zod schemas. */
export type DescribedRoute = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>;

/** An OpenAPI document, as far as this code reads it. */
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
 * Generates the OpenAPI document of the gateway's routes. They are registered a second time, on a server that never
 * listens, which keeps the generator's hooks out of the gateway and its load time out of the start.
 */
export async function openApiDocument(
  routes: readonly DescribedRoute[],
  facts: DocumentFacts,
): Promise<OpenApiDocument> {
  const app = Fastify();
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  await app.register(swagger, {
    openapi: openApi(facts, routes),
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      const security = securityOf(input.route.config?.role ?? 'admin', facts);
      return { schema: { ...schema, security }, url: url.replace(/\/\*$/, '/:id') };
    },
  });
  for (const { method, url, schema = {}, config = {} } of routes) {
    const { params, ...rest } = schema;
    // A wildcard parameter has no name besides the one that the path shows.
    const described = url.endsWith('/*') || params === undefined ? rest : schema;
    app.route({ method, url, schema: described, config, handler: unreachable });
  }
  await app.ready();
  const document = withoutNoise(app.swagger() as unknown as OpenApiDocument);
  for (const { method, url, schema, config = {} } of routes) {
    for (const each of [method].flat()) {
      const operation = document.paths[documentPath(url)]?.[each.toLowerCase()];
      if (operation === undefined) continue;
      if (operation.requestBody !== undefined && isOptional(schema?.body))
        operation.requestBody.required = false;
      complete(operation, config);
    }
  }
  await app.close();
  return document;
}

/** An absent body counts as `{}`, so the body is optional where the schema accepts that. */
function isOptional(body: unknown): boolean {
  return body instanceof z.ZodType && body.safeParse({}).success;
}

/** A path in the notation of OpenAPI. */
function documentPath(url: string): string {
  return formatParamUrl(url.replace(/\/\*$/, '/:id'));
}

/** Handler of routes on a server that never listens. */
function unreachable(): never {
  throw new Error('a route of the OpenAPI document was called');
}

/** Adds what all operations share and no route schema states. */
function complete(operation: Operation, { bodyExample, acceptsForms, surface }: FastifyContextConfig): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? status;
  }
  operation.responses = {
    ...operation.responses,
    default: { $ref: `#/components/responses/${surface?.errorSchema?.name ?? 'Error'}` },
  };
  if (bodyExample === undefined) return;
  operation.parameters = ROUTING_HEADERS;
  operation.requestBody = {
    required: true,
    content: acceptsForms === true ? formContent(bodyExample) : jsonContent(bodyExample),
  };
}

function jsonContent(example: object): object {
  return { 'application/json': { schema: { type: 'object' }, example } };
}

/** The content of a form with files, which in these calls may be JSON instead. */
function formContent(example: object): object {
  const properties = Object.fromEntries(
    Object.entries(example).map(([name, value]) => [
      name,
      value === null
        ? { type: 'string', format: 'binary' }
        : { type: 'string', examples: [value as unknown] },
    ]),
  );
  return {
    'multipart/form-data': { schema: { type: 'object', required: ['model'], properties } },
    'application/json': { schema: { type: 'object' } },
  };
}

/** Headers that steer the routing of data-plane requests. */
const ROUTING_HEADERS: readonly object[] = [
  ['x-laneway-node', 'A node by name; `model` is then only logged.'],
  ['x-laneway-lane', 'A lane by name.'],
  ['x-laneway-user', 'The user whose overrides apply.'],
  ['x-laneway-hint', '`repository`, `deep_ingest` or `background`.'],
  ['x-laneway-no-fallback', '`1` or `true`: try only the first eligible target.'],
].map(([name, description]) => ({ in: 'header', name, description, schema: { type: 'string' } }));

/** Removes `additionalProperties: false` from replies, which may gain fields, and JavaScript's bounds of integers. */
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

/** Either header; where no credential is required, an empty entry makes both optional. */
function securityOf(role: Role, { keyRequired }: DocumentFacts): Record<string, string[]>[] {
  if (role === 'public') return [];
  const either = [{ bearer: [] }, { key: [] }];
  return keyRequired[role] ? either : [{}, ...either];
}

/** The schemas of error bodies by name: the common envelope, and those of surfaces with their own. */
function errorSchemas(routes: readonly DescribedRoute[]): Record<string, object> {
  const schemas: Record<string, object> = { Error: errorSchema() };
  for (const { config } of routes) {
    const own = config?.surface?.errorSchema ?? null;
    if (own !== null) schemas[own.name] = own.schema;
  }
  return schemas;
}

interface ErrorResponse {
  description: string;
  content: Record<string, { schema: { $ref: string } }>;
}

function errorResponse(name: string): ErrorResponse {
  const description =
    name === 'Error' ? 'An error, identified by its code.' : 'An error in the format of this API.';
  return {
    description,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
  };
}

function openApi({ version, keyRequired }: DocumentFacts, routes: readonly DescribedRoute[]): OpenApi {
  const schemas = errorSchemas(routes);
  return {
    openapi: '3.1.0',
    info: { title: 'Laneway', version, description: describe(keyRequired.admin) },
    servers: [{ url: '/' }],
    tags: [
      { name: 'data plane', description: 'The APIs of OpenAI and Anthropic' },
      { name: 'ollama', description: 'The API of Ollama, for clients that speak no other' },
      { name: 'debug', description: 'Assignments, traces, configuration and health' },
      { name: 'model bar', description: 'One active model, for callers unaware of nodes' },
      {
        name: 'configuration service',
        description: 'Providers, nodes and users, changed while the gateway runs',
      },
      { name: 'secrets', description: 'Encrypted keys' },
      { name: 'engines', description: 'Local inference servers and the memory they share' },
      { name: 'profiles', description: 'Named sets of overrides over the configuration' },
      { name: 'events', description: 'Live events' },
      { name: 'operations', description: 'Health, metrics, usage, audit' },
    ],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
      schemas,
      responses: Object.fromEntries(Object.keys(schemas).map((name) => [name, errorResponse(name)])),
    },
  };
}

/** The error envelope, with every error code. */
function errorSchema(): object {
  return {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['message', 'type', 'param', 'code'],
        properties: {
          message: { type: 'string', description: 'What is wrong, and how to fix it.' },
          type: { type: 'string', enum: [...new Set(Object.values(ERRORS).map(({ type }) => type))] },
          param: { type: ['string', 'null'], description: 'The field at fault, as a path.' },
          code: {
            type: ['string', 'null'],
            examples: Object.keys(ERRORS),
            description: "One of the codes above, or the upstream's own for an error passed through.",
          },
          detail: { description: "Details; only on Laneway's own API." },
        },
      },
    },
  };
}

function describe(keyRequired: boolean): string {
  const credential = keyRequired
    ? 'Calls marked with a lock require the key, in either of two headers.'
    : 'This gateway requires no key and ignores any that is sent.';
  const byStatus = Map.groupBy(Object.entries(ERRORS), ([, { status }]) => status);
  const rows = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => `| ${status} | ${codes.map(([code]) => `\`${code}\``).join(', ')} |`);
  return [
    'Callers name a node or a lane; the operator decides at run time which model answers.',
    '',
    credential,
    '',
    'Reads return the generation as `ETag`; changes accept it as `If-Match`. Every reply has an `x-request-id`, to look',
    'up with `/api/debug/requests/{id}`.',
    '',
    '| status | codes |',
    '|---|---|',
    ...rows,
  ].join('\n');
}
