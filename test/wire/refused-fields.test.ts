import { expect, test } from 'vitest';
import { refusedFields } from '../../src/wire/refused-fields.ts';

const refused = (body: unknown, ...names: readonly string[]): readonly string[] =>
  refusedFields(
    Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    names.map((name) => ({ name })),
  );

test.each([
  // OpenAI, the older and the newer wording.
  ['seed', { error: { message: 'Unrecognized request argument supplied: seed', param: null } }],
  ['seed', { error: { message: "Unknown parameter: 'seed'.", param: 'seed' } }],
  [
    'temperature',
    { error: { message: "Unsupported value: 'temperature' does not support 0.7 with this model." } },
  ],
  // xAI writes names in camel case.
  ['reasoning_effort', { error: 'Model grok-4 does not support parameter reasoningEffort.' }],
  ['presence_penalty', { error: 'Argument not supported on this model: presencePenalty' }],
  ['stop', { error: 'Argument not supported on this model: stop' }],
  // Ollama names no field (server/routes.go).
  ['reasoning_effort', { error: { message: '"qwen2.5:0.5b" does not support thinking', type: 'api_error' } }],
  ['think', { error: '"tiny-random" does not support thinking' }],
  ['think', { error: 'think value "low" is not supported for this model' }],
  // Mistral and FastAPI.
  [
    'stream_options',
    {
      message: {
        detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs' }],
      },
    },
  ],
  ['seed', { detail: [{ loc: ['body', 'x'] }, { loc: ['body', 'seed'], msg: 'Extra inputs' }] }],
  // Anthropic, Groq, ASP.NET, OpenRouter with the provider's error as a text, and a plain text.
  ['top_k', { type: 'error', error: { message: 'top_k: Extra inputs are not permitted' } }],
  ['user', { error: { message: "property 'user' is unsupported" } }],
  ['stream_options', { errors: { stream_options: ['The field is unknown.'] } }],
  ['seed', { error: { message: 'Provider returned error', metadata: { raw: '{"param":"seed"}' } } }],
  ['stream_options', 'stream_options is not allowed'],
  ['stream_options', { error: { message: 'include_usage is not supported' } }],
])('a refusal of %s is recognized in %j', (name, body) => {
  expect(refused(body, name)).toEqual([name]);
});

test.each([
  ['max_tokens', { error: { message: 'max_tokens_to_sample is too large' } }],
  ['max_tokens', { error: { message: 'batch_max_tokens is too small' } }],
  ['user', { error: { message: 'Roles must alternate between user and assistant' } }],
  ['stop', { error: { message: 'The server had to stop' } }],
  ['n', { error: { message: 'model n does not exist' } }],
  // pydantic and FastAPI repeat the request.
  ['seed', { detail: [{ loc: ['body', 'messages'], msg: 'Field required', input: { seed: 1 } }] }],
  ['seed', { detail: 'messages missing', body: { seed: 1 } }],
  [
    'stream_options',
    {
      message: `[{'type': 'int_parsing', 'loc': ('body', 'seed'), 'msg': 'Input should be a valid integer', 'input': 'stream_options is not allowed'}]`,
    },
  ],
  [
    'top_k',
    {
      message: `[{'type': 'x', 'loc': ('body', 'messages'), 'input': {'top_k': 1}, 'ctx': {'expected': 'y'}}]`,
    },
  ],
])('%s is not refused by %j', (name, body) => {
  expect(refused(body, name)).toEqual([]);
});

test('only fields that were added count, and all that are named', () => {
  const body = {
    detail: [{ loc: ['body', 'seed'] }, { loc: ['body', 'min_p'] }, { loc: ['body', 'top_k'] }],
  };
  expect(refused(body, 'min_p', 'seed', 'stream_options')).toEqual(['min_p', 'seed']);
  expect(refused(body)).toEqual([]);
});

test('a field that another one can replace is refused only by an error that asks for the other one', () => {
  const limit = [{ name: 'max_tokens', instead: 'max_completion_tokens' }];
  const of = (text: string): readonly string[] => refusedFields(Buffer.from(text), limit);
  expect(of("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")).toEqual([
    'max_tokens',
  ]);
  expect(of('max_tokens is too large: 9000')).toEqual([]);
});
