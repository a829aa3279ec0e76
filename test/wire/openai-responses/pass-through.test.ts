import { describe, expect, test } from 'vitest';
import type { Exchange, TargetRequest } from '../../../src/wire/exchange.ts';
import type { ResponsesFacts } from '../../../src/wire/openai-responses/dialect.ts';
import { callItem, reasoningItem, response, streamOf, textItem } from '../../support/responses-events.ts';
import { responsesEndpoint, scannedResponses } from '../../support/responses-request.ts';
import { eventsIn, json, openAt } from '../../support/wire.ts';

const open = (
  body: Readonly<Record<string, unknown>> = {},
  facts: ResponsesFacts = {},
  target: Partial<TargetRequest> = {},
): Exchange => openAt(scannedResponses(body), [responsesEndpoint(facts)], { modelId: 'm', ...target });

const warningsOf = ({ warnings }: Exchange): string[] =>
  warnings.map(({ code, detail }) => `${code}=${detail}`);

const SENSITIVE: ResponsesFacts = {
  withoutSampling: /^m$/,
  minOutputTokens: 16,
  outputLimits: [[/^m$/, 1000]],
  schemas: { refusedAtTop: ['anyOf'], needsProperties: true, keyLength: null },
};

describe('the request', () => {
  test('wire case 79: a body that needs no change goes out as the same bytes', () => {
    const request = scannedResponses({
      stream: true,
      store: true,
      reasoning: { effort: 'minimal' },
      unknown_field: 1,
    });
    const { body, warnings } = openAt(request, [responsesEndpoint()], { modelId: 'm' });
    expect(body).toBe(request.body);
    expect(warnings).toEqual([]);
  });

  test('the target’s name of the model replaces the client’s, and nothing else changes', () => {
    const { body } = open({ model: 'lane:coder' });
    expect(body.toString()).toBe('{"model":"m","input":"hi"}');
  });

  test('defaults are added by the names of this wire, where the client sent nothing', () => {
    const params = {
      max_completion_tokens: 64,
      temperature: 0.5,
      reasoning_effort: 'low',
      verbosity: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
      stop: ['x'],
      seed: 1,
      stream: true,
    };
    const exchange = open({ temperature: null, text: { verbosity: 'high' } }, {}, { params });
    expect(JSON.parse(exchange.body.toString())).toEqual({
      model: 'm',
      input: 'hi',
      temperature: null,
      text: { verbosity: 'high', format: { type: 'json_schema', name: 'x', schema: {} } },
      max_output_tokens: 64,
      reasoning: { effort: 'low' },
    });
    expect(warningsOf(exchange)).toEqual(['parameter_dropped=stop', 'parameter_dropped=seed']);
    expect(exchange.added?.map(({ name }) => name)).toEqual([
      'max_output_tokens',
      'reasoning.effort',
      'text.format',
    ]);
  });

  test('a default that the target has refused is not added', () => {
    const params = { reasoning_effort: 'low' };
    const exchange = open({}, {}, { params, withheld: ['reasoning.effort'] });
    expect(exchange.body.toString()).toBe('{"model":"m","input":"hi"}');
    expect(warningsOf(exchange)).toEqual(['parameter_dropped=reasoning_effort']);
  });

  test('wire cases 82, 211: refused fields are dropped, limits fitted', () => {
    const low = open({ temperature: 0.2, top_p: null, max_output_tokens: 1 }, SENSITIVE);
    expect(low.body.toString()).toBe('{"model":"m","input":"hi","max_output_tokens":16}');
    expect(warningsOf(low)).toEqual([
      'parameter_changed=max_output_tokens (1 to 16)',
      'parameter_dropped=temperature',
    ]);
    expect(warningsOf(open({ max_output_tokens: 5000 }, SENSITIVE))).toEqual([
      'parameter_changed=max_output_tokens (5000 to 1000)',
    ]);
  });

  test('wire case 73: schemas that the server refuses are fitted, other tools stay', () => {
    const search = { type: 'web_search' };
    const look = {
      type: 'function',
      name: 'look',
      parameters: { anyOf: [{ type: 'object' }] },
      strict: true,
    };
    const exchange = open({ tools: [search, look] }, SENSITIVE);
    const { tools } = JSON.parse(exchange.body.toString()) as { tools: Record<string, unknown>[] };
    expect(tools).toMatchObject([search, { name: 'look', strict: false }]);
    expect(tools[1]?.['parameters']).not.toHaveProperty('anyOf');
  });
});

describe('a whole reply', () => {
  const items = [reasoningItem(['Hm.']), textItem('Hello'), callItem('look', '{}')];

  test('passes as the same bytes, with its usage and its signatures', () => {
    const body = json(response(items));
    const reply = open().unary(body);
    expect(reply.body).toBe(body);
    expect(reply).toMatchObject({ model: 'm-1', signatures: ['gAAA_1'], usage: { inputTokens: 11 } });
  });

  test('wire case 180: gets the keys that clients require; an estimate of the tokens is only recorded', () => {
    const bare = { id: 'resp_1', object: 'response', status: 'completed', output: [textItem('Hello')] };
    const { body, usage } = open().unary(json(bare));
    const reply = JSON.parse(body.toString()) as object;
    expect(reply).toMatchObject({ error: null, incomplete_details: null, tools: [], model: 'm' });
    expect(reply).not.toHaveProperty('usage');
    expect(usage).toMatchObject({ inputTokens: 900_001, estimated: true });
  });

  test.each([
    [
      'a failed one',
      response([], { status: 'failed', error: { code: 'server_error', message: 'x' } }),
      'error_event',
    ],
    ['a cancelled one', response([], { status: 'cancelled' }), 'cut'],
    ['one in progress', response([], { status: 'in_progress' }), 'cut'],
    ['one without output', { id: 'resp_1', object: 'response', status: 'completed' }, 'malformed'],
  ])('%s is a fault', (_, body, kind) => {
    expect(() => open().unary(json(body))).toThrow(expect.objectContaining({ kind }));
  });

  test('wire case 15: to a stream request becomes a complete stream', () => {
    const reply = open({ stream: true }).oneShot(json(response(items)));
    const events = eventsIn([reply.body]).map(({ data }) => JSON.parse(data ?? '') as { type: string });
    expect(events[0]).toMatchObject({ type: 'response.created', response: { id: 'resp_1' } });
    expect(events.filter(({ type }) => type === 'response.output_item.done')).toMatchObject(
      items.map((item) => ({ item })),
    );
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output: items } });
    expect(reply).toMatchObject({ usage: { inputTokens: 11 }, model: 'm-1', signatures: ['gAAA_1'] });
  });

  test('wire case 16: a stream is assembled to the response in its last event', () => {
    const assembly = open({}, { unaryAsStream: true }).assemble();
    const body = assembly.push(Buffer.from(streamOf(items)));
    expect(JSON.parse(String(body))).toEqual(response(items));
  });
});
