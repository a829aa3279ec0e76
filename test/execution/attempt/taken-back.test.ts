import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { message } from '../../support/two-wires.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

type Body = Readonly<Record<string, unknown>>;
/** The refusal of a body, or null to answer it. */
type Judge = (body: Body) => Reply | null;

const unknown = (name: string, status = 400): Reply =>
  json(status, { error: { message: `Unrecognized request argument supplied: ${name}`, param: null } });
const refuses =
  (...names: readonly string[]): Judge =>
  (body) => {
    const name = names.find((each) => each in body);
    return name === undefined ? null : unknown(name);
  };
const delta = (content: string, finish: string | null): string =>
  JSON.stringify({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: finish }],
  });
const answerTo = (body: Body): Reply =>
  body['stream'] === true
    ? sse([delta('ok', null), delta('', 'stop'), '[DONE]'])
    : json(200, completion('ok'));

interface Rig {
  readonly laneway: TestGateway;
  readonly upstream: FakeUpstream;
  /** The bodies of all POSTs so far. */
  asked(): readonly Body[];
}

interface Setup {
  readonly type?: string;
  readonly model?: string;
  readonly entry?: object;
  readonly lane?: object;
  readonly answer?: (body: Body) => Reply;
}

async function setUp(judge: Judge, setup: Setup = {}): Promise<Rig> {
  const { type = 'openai_compatible', model = 'm', entry = {}, lane = {}, answer = answerTo } = setup;
  const script = chatScript((request) => {
    const body = request.json() as Body;
    return judge(body) ?? answer(body);
  });
  const upstream = await startFakeUpstream(script);
  running.push({ stop: () => upstream.close() });
  const base = type === 'anthropic' ? upstream.url : `${upstream.url}/v1`;
  const laneway = await startGateway({
    discover: false,
    variables: { KEY: 'sk-fake-upstream' },
    config: {
      default_lane: 'main',
      providers: { a: { type, base_url: base, local: true, api_key: 'env:KEY' } },
      models: { [`a/${model}`]: entry },
      lanes: { main: { preferred: [`a/${model}`], ...lane } },
    },
  });
  running.push(laneway);
  const asked = (): readonly Body[] =>
    upstream.requests.filter(({ method }) => method === 'POST').map((request) => request.json() as Body);
  return { laneway, upstream, asked };
}

const post = (laneway: TestGateway, path: string, body: object): Promise<Response> =>
  fetch(`${laneway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model: 'main', ...body }),
  });
const messages = (laneway: TestGateway, more: object = {}): Promise<Response> =>
  post(laneway, '/v1/messages', {
    max_tokens: 4000,
    messages: [{ role: 'user', content: 'Why?' }],
    ...more,
  });
const warnings = (reply: Response): string => reply.headers.get('x-laneway-warnings') ?? '';
const attempts = (reply: Response): string | null => reply.headers.get('x-laneway-attempts');
const THINKS = { thinking: { type: 'enabled', budget_tokens: 2000 } };

test('wire case 199: a stream is asked for again without stream_options, once for all requests', async () => {
  const { laneway, asked } = await setUp(refuses('stream_options'));
  const first = await laneway.chat({ model: 'main', stream: true });
  expect(first.status).toBe(200);
  expect(await first.text()).toContain('"ok"');
  expect(attempts(first)).toBe('2');
  const second = await messages(laneway, { stream: true });
  expect(await second.text()).toContain('message_stop');
  expect(attempts(second)).toBe('1');
  expect(asked().map((body) => 'stream_options' in body)).toEqual([true, false, false]);
  expect(laneway.log.filter(({ message: text }) => text.includes('refuses stream_options'))).toHaveLength(1);
  expect((await laneway.trace(first)).attempts.map((one) => one.class)).toEqual(['bad_request', null]);
});

test('wire case 199: text completions too, and an error that comes as an event', async () => {
  const event = JSON.stringify({
    error: { message: 'stream_options: not permitted', type: 'invalid_request_error' },
  });
  const { laneway, asked } = await setUp((body) => ('stream_options' in body ? sse([event]) : null), {
    answer: (body) =>
      'prompt' in body
        ? sse([JSON.stringify({ choices: [{ index: 0, text: 'ok', finish_reason: 'stop' }] }), '[DONE]'])
        : answerTo(body),
  });
  for (const reply of [
    await post(laneway, '/v1/completions', { prompt: 'a', stream: true }),
    await laneway.chat({ model: 'main', stream: true }),
  ]) {
    expect(await reply.text()).toContain('"ok"');
  }
  // Each wire learns for itself.
  expect(asked().map((body) => 'stream_options' in body)).toEqual([true, false, true, false]);
});

test("wire case 199: the client's own stream_options stay, only include_usage is taken back", async () => {
  const own = { include_obfuscation: false };
  const { laneway, asked } = await setUp(({ stream_options: options }) =>
    options !== undefined && 'include_usage' in (options as object) ? unknown('include_usage') : null,
  );
  const reply = await laneway.chat({ model: 'main', stream: true, stream_options: own });
  expect(reply.status).toBe(200);
  await reply.text();
  await (await laneway.chat({ model: 'main', stream: true, stream_options: own })).text();
  const options = asked().map((body) => body['stream_options']);
  expect(options).toEqual([{ ...own, include_usage: true }, own, own]);
});

test('wire case 199: refused defaults are left out with a warning, whoever asks', async () => {
  const { laneway, asked } = await setUp(refuses('seed', 'temperature'), {
    entry: { params: { seed: 7 } },
    lane: { params: { temperature: 0.2 } },
  });
  const first = await laneway.chat({ model: 'main' });
  expect(first.status).toBe(200);
  expect(attempts(first)).toBe('3');
  expect(warnings(first)).toContain('parameter_dropped=seed');
  expect(warnings(first)).toContain('parameter_dropped=temperature');
  const second = await messages(laneway);
  expect(second.status).toBe(200);
  expect(attempts(second)).toBe('1');
  expect(warnings(second)).toContain('parameter_dropped=temperature');
  expect(asked()).toHaveLength(4);
});

test('wire case 199: a default for a Claude model is taken back as well', async () => {
  const refusal = json(400, {
    type: 'error',
    error: { type: 'invalid_request_error', message: '`temperature` is deprecated for this model.' },
  });
  const { laneway, asked } = await setUp((body) => ('temperature' in body ? refusal : null), {
    type: 'anthropic',
    entry: { params: { temperature: 0.2 } },
    answer: () => json(200, message([{ type: 'text', text: 'ok' }])),
  });
  const own = await messages(laneway);
  expect(own.status).toBe(200);
  expect(warnings(own)).toContain('parameter_dropped=temperature');
  const translated = await laneway.chat({ model: 'main' });
  expect(translated.status).toBe(200);
  expect(warnings(translated)).toContain('parameter_dropped=temperature');
  expect(asked().map((body) => 'temperature' in body)).toEqual([true, false, false]);
});

test("wire case 81: a renamed limit goes out under the client's name", async () => {
  const { laneway, asked } = await setUp(
    (body) =>
      'max_completion_tokens' in body ? unknown('max_completion_tokens. Did you mean max_tokens?') : null,
    { type: 'openai' },
  );
  const reply = await laneway.chat({ model: 'main', max_tokens: 12 });
  expect(reply.status).toBe(200);
  expect((await messages(laneway)).status).toBe(200);
  expect(asked().map((body) => [body['max_completion_tokens'], body['max_tokens']])).toEqual([
    [12, undefined],
    [undefined, 12],
    [undefined, 4000],
  ]);
});

test('wire case 81: an Anthropic client gets through to a server that asks for the newer limit', async () => {
  const refusal =
    "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.";
  const { laneway, asked } = await setUp((body) =>
    'max_tokens' in body ? json(400, { error: { message: refusal, param: 'max_tokens' } }) : null,
  );
  expect((await messages(laneway)).status).toBe(200);
  expect(asked()[1]?.['max_completion_tokens']).toBe(4000);
  const own = await laneway.chat({ model: 'main', max_tokens: 12 });
  expect([own.status, asked().length]).toEqual([400, 3]);
});

test.each([
  'Model m does not support parameter reasoningEffort.',
  '"gpt-oss" does not support thinking',
  'Function tools with reasoning_effort are not supported',
])('wire case 133: an effort made from thinking is taken back: %s', async (text) => {
  const { laneway, asked } = await setUp(
    (body) => ('reasoning_effort' in body ? json(400, { code: 'x', error: text }) : null),
    { model: 'gpt-oss-20b' },
  );
  const reply = await messages(laneway, THINKS);
  expect(reply.status).toBe(200);
  expect(warnings(reply)).toContain('parameter_dropped=reasoning_effort');
  expect((await messages(laneway, THINKS)).status).toBe(200);
  expect(asked().map((body) => body['reasoning_effort'])).toEqual(['low', undefined, undefined]);
  // The client's own effort is the client's.
  expect((await laneway.chat({ model: 'main', reasoning_effort: 'low' })).status).toBe(400);
  expect(asked()).toHaveLength(4);
});

test("wire case 199: Claude Code's user id, and a body over 1 MiB", async () => {
  const { laneway, asked } = await setUp(refuses('user'));
  const reply = await messages(laneway, {
    metadata: { user_id: 'user_1' },
    system: 'x'.repeat(1_100_000),
  });
  expect(reply.status).toBe(200);
  expect(warnings(reply)).toContain('parameter_dropped=user');
  expect(asked().map((body) => 'user' in body)).toEqual([true, false]);
});

test('wire case 199: an error about what the client sent is passed on at once', async () => {
  const { laneway, asked } = await setUp(refuses('temperature'), {
    entry: { params: { temperature: 1, seed: 1 } },
  });
  const reply = await laneway.chat({ model: 'main', temperature: 0.5 });
  expect(reply.status).toBe(400);
  expect(await reply.text()).toContain('temperature');
  expect(asked()).toHaveLength(1);
});

test('wire case 199: leaving a field out that does not help is not remembered', async () => {
  const { laneway, asked } = await setUp(() => unknown('seed', 422), { entry: { params: { seed: 1 } } });
  for (let round = 0; round < 2; round += 1) {
    expect((await laneway.chat({ model: 'main' })).status).toBe(422);
  }
  expect(asked().map((body) => 'seed' in body)).toEqual([true, false, true, false]);
});

test('wire case 199: a default that only conflicts with a field of the client goes out again without that field', async () => {
  const both = '`temperature` and `top_p` cannot both be specified for this model. Please use only one.';
  const { laneway, asked } = await setUp(
    (body) => ('temperature' in body && 'top_p' in body ? json(400, { error: { message: both } }) : null),
    { lane: { params: { temperature: 0.2 } } },
  );
  expect((await laneway.chat({ model: 'main', top_p: 0.9 })).status).toBe(200);
  expect((await laneway.chat({ model: 'main' })).status).toBe(200);
  expect(asked().map(({ temperature }) => temperature)).toEqual([0.2, undefined, 0.2]);
});

test('wire case 199: at most three attempts; a server that names one field at a time is usable soon', async () => {
  const names = ['seed', 'min_p', 'top_k', 'logit_bias'];
  const params = Object.fromEntries(names.map((name) => [name, 1]));
  const { laneway, asked } = await setUp(refuses(...names), { entry: { params } });
  expect((await laneway.chat({ model: 'main' })).status).toBe(400);
  expect(asked()).toHaveLength(3);
  expect((await laneway.chat({ model: 'main' })).status).toBe(200);
  expect((await laneway.chat({ model: 'main' })).status).toBe(200);
});

test('wire case 199: a changed default is tried again', async () => {
  const { laneway, asked } = await setUp(
    ({ temperature }) => (temperature === 5 ? unknown('temperature') : null),
    { lane: { params: { temperature: 5 } } },
  );
  await laneway.chat({ model: 'main' });
  await laneway.chat({ model: 'a/m', temperature: 1 });
  await laneway.chat({ model: 'main' });
  expect(asked().map(({ temperature }) => temperature)).toEqual([5, undefined, 1, undefined]);
  const file = `${laneway.folder}/config/models.json`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/("temperature":\s*)5/, '$11'));
  const reload = await fetch(`${laneway.url}/api/debug/config/reload`, { method: 'POST' });
  expect(reload.status).toBe(200);
  await laneway.chat({ model: 'main' });
  expect(asked().at(-1)?.['temperature']).toBe(1);
});
