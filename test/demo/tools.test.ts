import { OpenAI } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startDemoServer, type DemoServer } from '../../src/demo/server.ts';

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming;

let demo: DemoServer;
let client: OpenAI;

beforeAll(async () => {
  demo = await startDemoServer(() => 1_800_000_000_999);
  client = new OpenAI({ baseURL: demo.url, apiKey: 'sk-fake-none-needed', maxRetries: 0 });
});

afterAll(() => demo.close());

const WEATHER = 'What is the weather in Paris?';

const tool = (
  name: string,
  description: string,
  properties: object = {},
): OpenAI.ChatCompletionFunctionTool => ({
  type: 'function',
  function: {
    name,
    description,
    parameters: { type: 'object', properties, required: Object.keys(properties) },
  },
});

const TOOLS = [
  tool('search_files', 'Looks for a word in the project', { word: { type: 'string' } }),
  tool('get_weather', 'How warm it is', {
    city: { type: 'string' },
    unit: { type: 'string', enum: ['celsius', 'kelvin'] },
  }),
  tool('get_time', 'Tells the hour, also of another country', { zone: { type: 'integer' } }),
];

const asking = (content: string, more: Partial<Params> = {}): Params => ({
  model: 'quick',
  messages: [{ role: 'user', content }],
  tools: TOOLS,
  ...more,
});

/** The choice of the unary reply, which a stream of the same request must have too. */
async function choiceOf(params: Params): Promise<OpenAI.ChatCompletion.Choice> {
  const whole = await client.chat.completions.create(params);
  const streamed = await client.chat.completions.stream({ ...params, stream: true }).finalChatCompletion();
  const [choice, same] = [whole.choices[0], streamed.choices[0]];
  if (choice === undefined) throw new Error('no choice');
  expect(same?.finish_reason).toBe(choice.finish_reason);
  expect(same?.message.content).toBe(choice.message.content);
  expect(called(same)).toEqual(called(choice));
  return choice;
}

function called(choice: OpenAI.ChatCompletion.Choice | undefined): unknown[] {
  return (choice?.message.tool_calls ?? []).map((call) => {
    if (call.type !== 'function') return call;
    return [call.function.name, JSON.parse(call.function.arguments) as unknown];
  });
}

describe('a question with tools', () => {
  test('gets a call of the tool that it names, with arguments that are valid for its schema', async () => {
    const choice = await choiceOf(asking(WEATHER));
    expect(called(choice)).toEqual([['get_weather', { city: 'laneway-practice', unit: 'celsius' }]]);
    expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
  });

  test.each([
    ['as it is written', 'Use search_files, please', 'search_files'],
    ['in other letters', 'Use SEARCH_FILES!', 'search_files'],
    ['by all of its words', 'Please search the files', 'search_files'],
  ])('gets a call of a tool that it names %s', async (_, question, name) => {
    expect(called(await choiceOf(asking(question)))).toMatchObject([[name, {}]]);
  });

  test.each([
    ['names no tool', 'Hello'],
    ['has only words of a description', 'Which country wins?'],
    ['has the name within another word', 'What is in research_files?'],
    ['has one of two words', 'Which files?'],
  ])('gets no call if it %s', async (_, question) => {
    expect((await choiceOf(asking(question))).finish_reason).toBe('stop');
  });

  test('gets two calls if it names two tools, one if only one may be called', async () => {
    const both = asking('Tell me the weather and the time');
    expect(called(await choiceOf(both))).toMatchObject([
      ['get_weather', {}],
      ['get_time', {}],
    ]);
    const choice = await choiceOf({ ...both, parallel_tool_calls: false });
    expect(called(choice)).toMatchObject([['get_weather', {}]]);
  });

  test('respects tool_choice', async () => {
    const none = await choiceOf(asking(WEATHER, { tool_choice: 'none' }));
    expect(none).toMatchObject({
      finish_reason: 'stop',
      message: { content: expect.stringContaining('practice') as string },
    });
    const named = await choiceOf(
      asking(WEATHER, { tool_choice: { type: 'function', function: { name: 'get_time' } } }),
    );
    expect(called(named)).toEqual([['get_time', { zone: 1 }]]);
    expect(called(await choiceOf(asking(WEATHER, { tool_choice: 'required' })))).toHaveLength(1);
    expect(called(await choiceOf(asking('Hello', { tool_choice: 'required' })))).toMatchObject([
      ['search_files', {}],
    ]);
  });
});

describe('after the results', () => {
  const conversation = async (): Promise<OpenAI.ChatCompletionMessageParam[]> => {
    const { message } =
      (await client.chat.completions.create(asking('The weather and the time, please'))).choices[0] ?? {};
    const calls = message?.tool_calls ?? [];
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    return [
      { role: 'user', content: 'The weather and the time, please' },
      { role: 'assistant', content: null, tool_calls: calls },
      ...calls.map(({ id }, index) => ({
        role: 'tool' as const,
        tool_call_id: id,
        content: `result ${index}`,
      })),
    ];
  };

  test('a text repeats each result and names the practice model', async () => {
    const choice = await choiceOf(asking('', { messages: await conversation() }));
    expect(choice.finish_reason).toBe('stop');
    expect(choice.message.content).toContain('a practice model of Laneway');
    expect(choice.message.content).toContain('The tool get_weather answered: "result 0"');
    expect(choice.message.content).toContain('The tool get_time answered: "result 1"');
  });

  test('a text follows, whatever the client adds to the turn', async () => {
    const nudge = { role: 'user' as const, content: 'Continue. Use get_weather if you need the weather.' };
    const again = await choiceOf(asking('', { messages: [...(await conversation()), nudge] }));
    expect(again.finish_reason).toBe('stop');
    expect(again.message.content).toContain('The tool get_weather answered');
  });

  test('a client that requires a call each time gets each tool once, and then a text', async () => {
    const messages = await conversation();
    const names: unknown[] = [];
    for (let step = 0; step < 5; step += 1) {
      const { message } = await choiceOf(asking('', { messages, tool_choice: 'required' }));
      const [call] = message.tool_calls ?? [];
      if (call?.type !== 'function') break;
      names.push(call.function.name);
      messages.push(message, { role: 'tool', tool_call_id: call.id, content: 'done' });
    }
    expect(names).toEqual(['search_files']);
    const named = { type: 'function' as const, function: { name: 'get_time' } };
    expect((await choiceOf(asking('', { messages, tool_choice: named }))).finish_reason).toBe('stop');
  });

  test('a client that still requires a call gets that of a tool which ends the turn', async () => {
    const params = { messages: await conversation(), tool_choice: 'required' as const };
    const tools = [...TOOLS, tool('final_answer', 'Ends the task', { answer: { type: 'string' } })];
    expect(called(await choiceOf(asking('', { ...params, tools })))).toEqual([
      ['final_answer', { answer: 'laneway-practice' }],
    ]);
    // smolagents sends the call and its result as plain text.
    const messages = [
      { role: 'user' as const, content: 'The weather?' },
      { role: 'assistant' as const, content: 'Calling tools: get_weather' },
      { role: 'user' as const, content: 'Observation: get_weather answered 18' },
    ];
    const plain = await choiceOf(asking('', { messages, tools, tool_choice: 'required' }));
    expect(called(plain)).toMatchObject([['final_answer', {}]]);
  });

  test('a tool that the client names for the first time is called', async () => {
    const choice = { type: 'function' as const, function: { name: 'search_files' } };
    const next = await choiceOf(asking('', { messages: await conversation(), tool_choice: choice }));
    expect(called(next)).toMatchObject([['search_files', {}]]);
  });

  test('the next question may call a tool again', async () => {
    const messages = await conversation();
    const next = await choiceOf(
      asking('', {
        messages: [...messages, { role: 'assistant', content: 'Fine.' }, { role: 'user', content: WEATHER }],
      }),
    );
    expect(called(next)).toMatchObject([['get_weather', {}]]);
  });
});

test('arguments are streamed in fragments, after the id and the name, which come once', async () => {
  const stream = await client.chat.completions.create({ ...asking(WEATHER), stream: true });
  const chunks = await Array.fromAsync(stream);
  const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
  expect(deltas.length).toBeGreaterThan(3);
  const [first, ...rest] = deltas;
  expect(first).toMatchObject({
    index: 0,
    type: 'function',
    function: { name: 'get_weather', arguments: '' },
  });
  for (const { id, function: part } of rest) expect([id, part?.name]).toEqual([undefined, undefined]);
  expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: null, refusal: null });
  expect(chunks.at(-1)?.choices[0]).toMatchObject({ delta: {}, finish_reason: 'tool_calls' });
});

test('a limit truncates a call, with the finish reason', async () => {
  const cut = await client.chat.completions.create({ ...asking(WEATHER), max_tokens: 2 });
  expect(cut.choices[0]).toMatchObject({ finish_reason: 'length' });
  expect(cut.usage?.completion_tokens).toBe(2);
});

describe('a requested format', () => {
  const Plan = z.object({
    title: z.string(),
    steps: z.array(
      z.object({
        text: z.string().min(1),
        minutes: z.number().int().min(5),
        kind: z.enum(['read', 'write']),
      }),
    ),
    owner: z.string().nullable(),
  });

  test('is generated so that the client can parse it, unary and streamed', async () => {
    const params = {
      model: 'quick',
      messages: [{ role: 'user' as const, content: 'Plan my day' }],
      response_format: zodResponseFormat(Plan, 'plan'),
    };
    const parsed = await client.chat.completions.parse(params);
    expect(parsed.choices[0]?.message.parsed).toEqual({
      title: 'laneway-practice',
      steps: [{ text: 'laneway-practice', minutes: 5, kind: 'read' }],
      owner: 'laneway-practice',
    });
    const streamed = await client.chat.completions.stream(params).finalChatCompletion();
    expect(streamed.choices[0]?.message.parsed).toEqual(parsed.choices[0]?.message.parsed);
  });

  test('a free JSON object names its practice model', async () => {
    const choice = await choiceOf({ ...asking('Plan'), tools: [], response_format: { type: 'json_object' } });
    expect(JSON.parse(choice.message.content ?? '')).toEqual({ practice_model: 'quick' });
  });

  test('comes after the tools have been called', async () => {
    const params = asking(WEATHER, { response_format: zodResponseFormat(Plan, 'plan') });
    expect((await choiceOf(params)).finish_reason).toBe('tool_calls');
  });
});

test.each([
  ['a tool without a name', { tools: [{ type: 'function', function: {} }] }, 'tools[0]'],
  ['a choice without tools', { tools: [], tool_choice: 'required' }, 'tool_choice'],
  [
    'a choice that is not a tool',
    { tool_choice: { type: 'function', function: { name: 'other' } } },
    'tool_choice',
  ],
  ['a shape of another type', { response_format: { type: 'grammar' } }, 'response_format'],
])('%s is rejected with the invalid field', async (_, more, param) => {
  const asked = client.chat.completions.create({ ...asking(WEATHER), ...more } as Params);
  await expect(asked).rejects.toMatchObject({ status: 400, param });
});
