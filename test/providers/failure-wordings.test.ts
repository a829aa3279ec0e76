import { expect, test } from 'vitest';

import { scrubFailure } from '../../src/providers/failure/scrub.ts';
import { WORDINGS } from '../../src/providers/failure/wordings.ts';
import { readErrorBody } from '../../src/wire/upstream-error-body.ts';
import { meaningOf, reply } from './failure-harness.ts';
import { openAi } from './failure-bodies.ts';
import { FAILURE_ROWS } from './failure-rows.ts';
import { OVERFLOW_ROWS } from './failure-rows-overflow.ts';

test('every wording has a source and a date', () => {
  for (const { source, date, text, codes } of WORDINGS) {
    expect(source.length).toBeGreaterThan(5);
    expect(date).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
    expect(text ?? codes).toBeDefined();
  }
});

test('every wording of the classes overflow, memory and policy is in a body that a server sent', () => {
  const errors = FAILURE_ROWS.map(([, status, body]) => readErrorBody(reply(status, body).body));
  const unseen = WORDINGS.filter(
    ({ means, text, codes = [] }) =>
      ['context_overflow', 'out_of_memory', 'content_policy'].includes(means) &&
      !errors.some(
        ({ message, code, type }) =>
          text?.test(message) === true || codes.includes(code ?? '') || codes.includes(type ?? ''),
      ),
  );
  expect(unseen.map(({ server }) => server)).toEqual([]);
});

/** Tokens and window that the message gives; then the output's limit and the prompt beside it, if it is that limit. */
const SIZES: Readonly<
  Record<
    string,
    readonly [tokens: number | null, window: number | null, output?: number, prompt?: number | null]
  >
> = {
  'wire case 170: llama-server, prompt over the context': [4349, 2048],
  'llama-server, context filled by the answer': [null, null],
  'vLLM, prompt over the limit': [1025, 1024],
  'vLLM, far too many characters': [null, 1024],
  'vLLM, prompt as long as the limit': [null, null],
  'vLLM, output above the whole window': [null, 1024, 5000, null],
  'vLLM, max_completion_tokens above the whole window': [null, 1024, 5000, null],
  'vLLM, output above the whole window, on the Messages wire': [null, 1024, 5000, null],
  'vLLM, prompt as long as the limit, on the Messages wire': [null, null],
  'vLLM of 2025, prompt and output (ogx-ai/ogx#4534)': [null, 6048, 6048, 568],
  'vLLM of 2025, the prompt alone (vllm-project/vllm#20409)': [112946, 16384],
  'DeepSeek, prompt and output (evalstate/fast-agent#621)': [null, 131072, 8192, 122942],
  'vLLM, on the Messages wire': [1025, 1024],
  'Ollama with truncate: false': [null, null],
  'OpenAI (AsyncFuncAI/deepwiki-open#144)': [173172, 128000],
  'OpenAI, GPT-5 (cline/cline#5474)': [289650, 272000],
  'Anthropic, prompt': [202609, 200000],
  // The prompt alone fits: to name its size would tell the client to shorten it.
  'Anthropic, prompt and output (anthropics/claude-code#228)': [null, 204648],
  'Groq (thepersonalaicompany/amurex-backend#51)': [null, null],
  'OpenRouter (OpenHands/OpenHands#9937)': [null, 131072, 131072, 7884],
  'Gemini (google-gemini/gemini-cli#6678)': [1200293, 1048576],
  'xAI (cline/cline#3120)': [136973, 131072],
  'Cerebras (cline/cline#5140)': [42328, 40000],
  'SGLang (fuergaosi233/claude-code-proxy#60)': [233781, 202752],
  'LM Studio (lmstudio-ai/model-catalog#38)': [1581, 1500],
  'vLLM, output that does not fit beside the prompt (stepfun-ai/Step-Audio-R1#3)': [null, 4096, 32000, 500],
  'vLLM of 2026, prompt and output (AIDotNet/OpenCowork#82)': [null, 262144, 128000, 134145],
  'SGLang, prompt and output (anomalyco/opencode#25230)': [null, 202752, 32000, 170941],
  'TGI, prompt and output (opea-project/GenAIInfra#487)': [null, 2048, 1024, 1887],
  'TGI, the prompt alone (huggingface/huggingface_hub#2763)': [8740, 4096],
  'TEI (opea-project/GenAIExamples#340)': [731, 512],
  'LM Studio, first message (lmstudio-ai/lmstudio-bug-tracker#546)': [111490, 32768],
  'LM Studio, n_keep (Gitlawb/openclaude#353)': [13055, 4096],
  'LM Studio, without numbers (lmstudio-ai/lmstudio-bug-tracker#2205)': [null, null],
  'LM Studio, truncation (anomalyco/opencode#11141)': [15028, 7424],
  'Bedrock (aws-samples/assessment-generator#2)': [null, null],
  'Cohere (cohere-ai/sandbox-topically#4)': [6354, 2048],
  'DashScope (QwenLM/qwen-code#98)': [null, 204800],
  'Moonshot (BigPizzaV3/CodexPlusPlus#1803)': [287431, 262144],
  'Z.ai (zeroclaw-labs/zeroclaw#4124)': [null, null],
  'mlx-serve (ddalcu/mlx-serve#66)': [null, null],
};

test.each(OVERFLOW_ROWS)('the sizes are read from the words of an overflow: %s', (name, status, body) => {
  const [tokens, window, output, prompt] = SIZES[name] ?? [];
  const beside = output === undefined ? {} : { output, prompt };
  expect(meaningOf(status, body).overflow).toEqual({ tokens, window, ...beside });
});

test.each([
  ['a question about memory', 400, 'messages.0: "my program is out of memory" is not a valid role'],
  [
    'a limit of the output',
    400,
    'max_tokens is too large: 9000. This model supports at most 4096 completion tokens',
  ],
  ['a negative limit', 400, 'max_tokens must be at least 1, got -1'],
  ['a missing path about policies', 404, 'no content management policy here'],
])('a message that only resembles a class stays a bad request: %s', (_name, status, message) => {
  expect(meaningOf(status, openAi(message, 'invalid_request_error')).class).toBe('bad_request');
});

test.each([400, 401, 403, 404, 413, 418, 429, 500, 501, 502, 503, 529])(
  "the upstream's own words are kept with every status: %i",
  (status) => {
    expect(meaningOf(status, openAi('Words never seen before.', 'odd')).words).toBe(
      'Words never seen before.',
    );
  },
);

test.each([
  [
    'max_tokens is too large: 20480. This model supports at most 16384 completion tokens, whereas you provided 20480.',
    16384,
  ],
  ['Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', 8192],
  ['<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]', 8192],
  [
    '`max_tokens` must be less than or equal to `40960`, the maximum value for `max_tokens` is less than the `context_window` for this model',
    40960,
  ],
  [
    'The parameter `max_completion_tokens` specified in the request are not valid: integer above maximum value, expected a value <= 12288, but got 32000 instead.',
    12288,
  ],
  [
    'The parameter max_tokens specified in the request is not valid: integer above maximum value, expected a value <= 32768, but got 64000 instead.',
    32768,
  ],
  [
    'max_tokens: 128001 > 64000, which is the maximum allowed number of output tokens for claude-opus-4-5-20251101',
    64000,
  ],
  ['max_tokens must be at least 1, got -1', undefined],
  ['temperature must be less than or equal to 2', undefined],
])("a bad request names the model's largest limit of the output: %s", (message, largest) => {
  const failure = meaningOf(400, openAi(message, 'invalid_request_error'));
  expect([failure.class, failure.largestOutput]).toEqual(['bad_request', largest]);
});

test('a gateway has these words in `param`', () => {
  const param = 'max_tokens is too large: 1048576. This model supports at most 131072 completion tokens';
  const body = { error: { message: 'Param Incorrect', type: 'upstream_error', param, code: '400' } };
  expect(meaningOf(400, body).largestOutput).toBe(131072);
});

test('an error without words has none', () => {
  expect(meaningOf(500, '').words).toBeUndefined();
});

test('the words are one line of at most 500 characters, without the key or anything like one', () => {
  const secret = 'my-own-secret-0123456789';
  const scrub = (text: string): string => text.replaceAll(secret, '[key]');
  const told = (message: string): string =>
    scrubFailure(meaningOf(500, openAi(message, 'odd')), scrub).words ?? '';
  expect(told(`bad\n\tkey ${secret}`)).toBe('bad key [key]');
  expect(told('Incorrect API key provided: sk-proj-abc***********wxyz. See')).not.toMatch(/abc|wxyz/);
  expect(told('wrong key: xa***ke, header Bearer abcdefgh12345678')).toBe('wrong key: [key], header [key]');
  expect(told('x'.repeat(2000))).toHaveLength(500);
  // Cut only after the keys are removed: a cut key would not be recognized.
  expect(told(`${'x '.repeat(245)}${secret}`)).not.toContain('my-own');
});
