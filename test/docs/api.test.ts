import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ERRORS } from '../../src/protocol/errors.ts';
import { FAILURE_RULES } from '../../src/protocol/failure-rules.ts';
import { ApiSchemas, misfits } from '../http/openapi-schemas.ts';
import { ApiGateway, documentOf, type Operation, type Schema } from './api-gateway.ts';
import { callSections, named, namesOf, replyExamples, requestExamples, tableOf } from './api-page.ts';
import { codeWords, read, ROOT, rowsOf, section } from './pages.ts';

const PAGE = read('docs/api.md');
const SECTIONS = callSections(PAGE);
const CALLS = SECTIONS.flatMap(({ calls, text }) => calls.map((call) => ({ call, text })));

const SOURCE = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => read(`src/${path}`))
  .join('\n');

let live: ApiGateway;
let api: ApiSchemas;
let operations: ReadonlyMap<string, Operation>;
beforeAll(async () => {
  live = await ApiGateway.start();
  const document = await live.gateway.get('/docs/json');
  api = new ApiSchemas(document);
  operations = documentOf(document);
});
afterAll(() => live.stop());

function operationOf(call: string): Operation {
  return operations.get(call) ?? { responses: {} };
}

describe('calls', () => {
  test('every call that the gateway describes is on the page once, and no other', () => {
    expect(CALLS.map(({ call }) => call).toSorted()).toEqual([...operations.keys()].toSorted());
  });

  test('no registered route is missing, hidden ones included', () => {
    const described = new Set(CALLS.map(({ call }) => call.replace(/\{\w+\}/g, ':')));
    const registered = live.registeredRoutes();
    expect(registered.length).toBeGreaterThan(25);
    for (const route of registered) expect([...described]).toContain(route.replace(/:\w+/g, ':'));
  });

  test.each(CALLS)('$call: the role is the one that is enforced', async ({ call, text }) => {
    expect(/Role: `(\w+)`/.exec(text)?.[1]).toBe((await live.roles()).get(call));
  });

  test('a call that is not on the page answers as the page says', async () => {
    const codes = [];
    for (const [method, path] of [
      ['POST', '/v1/fine_tuning/jobs'],
      ['POST', '/api/pools'],
    ] as const) {
      const reply = await fetch(live.gateway.url + path, { method });
      codes.push(((await reply.json()) as { error: { code: string } }).error.code);
    }
    expect(codes).toEqual(['route_not_found', 'method_not_allowed']);
  });
});

/** Calls of models: their bodies stay bytes. */
function isDataPlane(call: string): boolean {
  return /^POST \/(?:v\d\/|rerank$|api\/(?:chat|generate|embed|embeddings)$)/.test(call);
}

describe('requests', () => {
  test.each(CALLS)('$call: the tables list the fields of its schemas', ({ call, text }) => {
    const { parameters = [] } = operationOf(call);
    const query = parameters.filter((parameter) => parameter.in === 'query');
    const rows = tableOf(text, 'query');
    expect(namesOf(rows)).toEqual(query.map(({ name }) => name));
    for (const { name, schema, required } of query) expectField(rows, name, schema, required === true);

    // A body of the data plane stays bytes: its schema has no fields.
    if (isDataPlane(call)) return;
    const body = bodyOf(call);
    const bodyRows = tableOf(text, 'body');
    expect(namesOf(bodyRows).toSorted()).toEqual(Object.keys(body.fields).toSorted());
    for (const [name, schema] of Object.entries(body.fields))
      expectField(bodyRows, name, schema, body.required.includes(name));
  });

  test.each(SECTIONS.filter((part) => requestExamples(part).length > 0))(
    '$calls.0: the example is accepted',
    async (part) => {
      const [call = ''] = part.calls;
      for (const example of requestExamples(part)) {
        if (!isDataPlane(call)) {
          expect(misfits(api.request(call)!, example)).toEqual([]);
          continue;
        }
        const reply = await live.post(call.replace('POST ', ''), example);
        expect([reply.status, await reply.text()]).toEqual([200, expect.anything()]);
      }
    },
  );

  test('every POST of the data plane has an example, and its routing headers are listed', () => {
    const listed = namesOf(tableOf(section(PAGE, '### Of requests'), 'header'));
    const posts = SECTIONS.filter(({ calls }) => isDataPlane(calls[0] ?? ''));
    expect(posts.length).toBeGreaterThan(4);
    for (const part of posts) {
      expect(requestExamples(part)).toHaveLength(1);
      const { parameters = [] } = operationOf(part.calls[0] ?? '');
      expect(listed).toEqual(expect.arrayContaining(parameters.map(({ name }) => name)));
    }
  });
});

describe('replies', () => {
  const examples = SECTIONS.flatMap(replyExamples);

  test.each(examples)('$call, $status: the example has the fields of the schema, all of them', (example) => {
    const schema = api.reply(example.call, example.status);
    expect(schema, `${example.call} describes no JSON reply ${example.status}`).not.toBeNull();
    expect(misfits(schema!, example.value)).toEqual([]);
  });

  test.each(CALLS)('$call: every JSON reply has an example', ({ call, text }) => {
    const shown = examples.filter((example) => example.call === call).map(({ status }) => status);
    for (const [status, schema] of jsonReplies(call)) {
      const like = /Reply 200: as of `([^`]+)`/.exec(text)?.[1];
      if (status !== 200 || like === undefined) expect(shown).toContain(status);
      else expect(variantsOf(jsonReplies(like).get(200)!)).toContainEqual(schema);
    }
  });

  test.each(CALLS)('$call: the table of fields names fields of its reply', ({ call, text }) => {
    const known = JSON.stringify([...jsonReplies(call).values()]);
    for (const name of namesOf(tableOf(text, 'field'))) expect(known).toContain(`"${name}":`);
  });

  test('the shared tables name the fields of an assignment and of a plan', () => {
    const put = variantsOf(jsonReplies('PUT /api/debug/models/{node}').get(200)!)[1]?.properties ?? {};
    const common = ['node', 'generation', 'previous', 'warnings', 'preflight'];
    const assignment = Object.keys(put).filter((name) => !common.includes(name));
    const shown = namesOf(tableOf(section(PAGE, '## Assignments'), 'field'));
    expect(shown.toSorted()).toEqual(assignment.toSorted());

    const plan = jsonReplies('POST /api/debug/resolve').get(200)?.properties?.['targets']?.items;
    const planned = namesOf(tableOf(section(PAGE, '## Plans and traces'), 'field'));
    expect(planned.toSorted()).toEqual(Object.keys(plan?.properties ?? {}).toSorted());
  });

  test('every value of an enumeration is on the page', () => {
    const values = new Set(
      [...operations.values()].flatMap((operation) => enumValues(operation as unknown as Schema)),
    );
    expect(values.size).toBeGreaterThan(50);
    for (const value of values)
      expect(PAGE.includes(`\`${value}\``) || PAGE.includes(`"${value}"`), value).toBe(true);
  });

  test('the headers that a page may read are those of the CORS paragraph', async () => {
    const reply = await fetch(`${live.gateway.url}/v1/models`, { headers: { origin: 'http://localhost:1' } });
    await reply.text();
    const exposed = (reply.headers.get('access-control-expose-headers') ?? '').split(', ');
    expect(exposed.length).toBeGreaterThan(5);
    expect(PAGE).toContain(
      `\`access-control-expose-headers\`: ${exposed.map((name) => `\`${name}\``).join(', ')}.`,
    );
    expect(namesOf(tableOf(section(PAGE, '### Of replies'), 'header'))).toEqual(
      expect.arrayContaining(exposed),
    );
  });
});

describe('errors', () => {
  test('the table is the catalogue: code, status and type', () => {
    const shown = rowsOf(section(PAGE, '### Codes')).map(
      ([code, status, type]) => `${code} ${status} ${type}`,
    );
    const catalogue = Object.entries(ERRORS).map(([code, { status, type }]) => `${code} ${status} ${type}`);
    expect(shown.toSorted()).toEqual(catalogue.toSorted());
  });

  test.each(CALLS)('$call: its errors are in the catalogue', ({ text }) => {
    const sentence = /Errors: ([^.]+)\./.exec(text)?.[1] ?? '';
    for (const code of codeWords(sentence)) expect(Object.keys(ERRORS)).toContain(code);
  });

  test('both envelopes are the ones that are sent', async () => {
    const [openAi] = named(PAGE, 'error').map(({ text }) => JSON.parse(text) as object);
    expect(misfits(api.error(), openAi)).toEqual([]);
    const messages = [{ role: 'user', content: 'Hello?' }];
    const chat = await live.post('/v1/chat/completions', { model: 'evalute', messages });
    expect(await chat.json()).toEqual(openAi);

    const [anthropic] = named(PAGE, 'anthropic-error').map(({ text }) => JSON.parse(text) as object);
    const reply = await live.post('/v1/messages', { model: 'nope', messages });
    const id = reply.headers.get('request-id');
    expect(await reply.json()).toEqual({ ...anthropic, request_id: id });
  });
});

describe('codes', () => {
  test('the warnings are those that the source emits', () => {
    const pairs = [...SOURCE.matchAll(/\bcode: '([a-z_]+)',\s*detail\b|\.add\('([a-z_]+)', /g)];
    const given = new Set(pairs.map(([, inObject, added]) => inObject ?? added));
    // A switch reports the deferral of its target by the code that plans use.
    const deferrals = /export type DeferralCode =([^;]+);/.exec(SOURCE)?.[1]?.matchAll(/'(\w+)'/g) ?? [];
    for (const [, code] of deferrals) given.add(code);
    const shown = namesOf(tableOf(section(PAGE, '### Warnings'), 'code'));
    expect(shown.toSorted()).toEqual([...given].toSorted());
  });

  test('the codes of plans are those that exclude and defer', () => {
    const codes = (type: string): string[] => {
      const union = new RegExp(`export type ${type} =([^;]+);`).exec(SOURCE)?.[1] ?? '';
      return [...union.matchAll(/'(\w+)'/g)].map(([, code]) => `${code}`);
    };
    const rows = tableOf(section(PAGE, '## Plans and traces'), 'code');
    const shown = (effect: string): string[] => namesOf(rows.filter(([, kind]) => kind === effect));
    expect(shown('excluded').toSorted()).toEqual(codes('ExclusionCode').toSorted());
    expect(shown('deferred').toSorted()).toEqual(codes('DeferralCode').toSorted());
    expect(rows.length).toBeGreaterThan(10);
  });

  test('the classes of failures are those of the table of rules, with their next target', () => {
    const rows = rowsOf(section(PAGE, '### `GET /api/debug/requests/{id}`').split('| class |')[1] ?? '');
    expect(Object.fromEntries(rows.map(([name, next]) => [name, next]))).toEqual(
      Object.fromEntries(Object.entries(FAILURE_RULES).map(([name, { next }]) => [name, next])),
    );
  });

  test('the states of requests are those that the list accepts as a filter', () => {
    const { parameters = [] } = operationOf('GET /api/debug/requests');
    const states = parameters.find(({ name }) => name === 'state')?.schema.enum ?? [];
    const shown = namesOf(tableOf(section(PAGE, '### `GET /api/debug/requests`'), 'state'));
    expect(states.length).toBeGreaterThan(4);
    expect(shown).toEqual(states);
  });
});

test('the table of metrics matches a scrape: names, types and labels', async () => {
  const rows = tableOf(section(PAGE, '### `GET /metrics`'), 'metric');
  const shown = rows.map(([name = '', type, labels = '']) => [
    ...codeWords(name),
    type,
    codeWords(labels).toSorted(),
  ]);
  expect(shown.toSorted()).toEqual((await live.metrics()).toSorted());
});

test('the table of events matches the stream: names and fields', async () => {
  const rows = tableOf(section(PAGE, '### `GET /api/events`'), 'event');
  const shown = Object.fromEntries(
    rows.map(([name = '', data = '']) => [codeWords(name)[0], codeWords(data)]),
  );
  expect(shown).toEqual(await live.events());
  const published = new Set([...SOURCE.matchAll(/\bpublish\('([a-z]+)'/g)].map(([, name]) => name));
  expect(Object.keys(shown).toSorted()).toEqual([...published].toSorted());
});

/** The JSON schemas of a call's replies, by status. */
function jsonReplies(call: string): Map<number, Schema> {
  const found = new Map<number, Schema>();
  for (const [status, { content }] of Object.entries(operationOf(call).responses)) {
    const schema = content?.['application/json']?.schema;
    if (schema !== undefined) found.set(Number(status), schema);
  }
  return found;
}

function variantsOf(schema: Schema): readonly Schema[] {
  return schema.anyOf ?? [schema];
}

/** The fields of a request body, whichever of its shapes they belong to; required are those that each shape requires. */
function bodyOf(call: string): {
  readonly fields: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
} {
  const schema = operationOf(call).requestBody?.content['application/json']?.schema;
  const shapes = schema === undefined ? [] : variantsOf(schema);
  const fields = Object.assign({}, ...shapes.map(({ properties }) => properties ?? {})) as Record<
    string,
    Schema
  >;
  const required = Object.keys(fields).filter((name) =>
    shapes.every((shape) => shape.required?.includes(name) === true),
  );
  return { fields, required };
}

/** Checks the row of a field against its schema: whether it is required, its default, its values and its bounds. */
function expectField(
  rows: readonly (readonly string[])[],
  name: string,
  schema: Schema,
  required: boolean,
): void {
  const [, type = '', usual = ''] = rows.find(([cell = '']) => codeWords(cell).includes(name)) ?? [];
  expect([name, usual === 'required']).toEqual([name, required]);
  if (schema.default !== undefined) expect([name, usual]).toEqual([name, `\`${String(schema.default)}\``]);
  for (const value of enumValues(schema)) expect(codeWords(type), name).toContain(value);
  const numbers = type.replaceAll(',', '').match(/\d+/g) ?? [];
  for (const { minimum, maximum, maxLength } of variantsOf(schema)) {
    for (const bound of [minimum, maximum, maxLength])
      if (bound !== undefined) expect(numbers, name).toContain(String(bound));
  }
}

/** Every fixed text that a schema allows, at any depth. */
function enumValues(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { enum: values, const: only } = schema as Schema;
  const own = [...(Array.isArray(values) ? values : []), only].filter((value) => typeof value === 'string');
  return [...own, ...Object.values(schema).flatMap(enumValues)];
}
