import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** The schemas of calls in the gateway's own OpenAPI document (`GET /docs/json`). */
export class ApiSchemas {
  readonly #document: {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, object>> };
  };

  constructor(document: unknown) {
    this.#document = document as never;
  }

  /** `GET /api/debug/models`, …; parameters in braces. */
  get calls(): string[] {
    return Object.entries(this.#document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** Names of the query parameters of a call. */
  query(call: string): string[] {
    const { parameters = [] } = this.#operation(call) ?? {};
    return parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  }

  /** Schema of a JSON request body; null when the call does not exist or has none. */
  request(call: string): z.ZodType | null {
    return schemaOf(this.#operation(call)?.requestBody);
  }

  /** Schema of a JSON reply; null when the call does not exist or has none. */
  reply(call: string, status: number): z.ZodType | null {
    return schemaOf(this.#operation(call)?.responses[status]);
  }

  /** The envelope of errors. */
  error(): z.ZodType {
    return closed(this.#document.components.schemas['Error']!);
  }

  #operation(call: string): Operation | undefined {
    const [method = '', path = ''] = call.split(' ');
    return this.#document.paths[path]?.[method.toLowerCase()];
  }
}

function schemaOf(part: Content | undefined): z.ZodType | null {
  const schema = part?.content?.['application/json']?.schema;
  return schema === undefined ? null : closed(schema);
}

/** Closes objects to unknown keys: the document leaves replies open, since fields may be added. */
function closed(schema: object): z.ZodType {
  return z.fromJSONSchema(close(schema) as never);
}

function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)])) as Json;
  if (parts['properties'] === undefined || parts['additionalProperties'] !== undefined) return parts;
  return { ...parts, additionalProperties: false };
}

/** Violations of a schema, one sentence each; empty when valid. */
export function misfits(schema: z.ZodType, value: unknown): string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map((issue) => describe(issue));
}

function describe(issue: z.core.$ZodIssue): string {
  const nested = issue.code === 'invalid_union' ? ` (${issue.errors.flat().map(describe).join('; ')})` : '';
  return `${issue.path.join('.')}: ${issue.message}${nested}`;
}
