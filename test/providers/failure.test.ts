import { expect, test } from 'vitest';
import { NO_ECHO } from '../../src/providers/failure/echo.ts';
import { isProxyPage } from '../../src/providers/failure/proxy-page.ts';
import { REPLY_RULES } from '../../src/providers/failure/reply-rules.ts';
import { readErrorBody } from '../../src/wire/upstream-error-body.ts';
import { meaningOf, reply } from './failure-harness.ts';
import { anthropic, llama, openAi, type FailureRow } from './failure-bodies.ts';
import { FAILURE_ROWS } from './failure-rows.ts';
import { NO_OUTPUT_ROWS } from './failure-rows-vllm.ts';

test.each(FAILURE_ROWS)('%s', (_name, status, body, failureClass, code, summary) => {
  expect(meaningOf(status, body)).toMatchObject({ class: failureClass, code, summary });
});

test.each(NO_OUTPUT_ROWS)(
  'to a request for no output: %s',
  (_name, status, body, failureClass, code, summary) => {
    expect(meaningOf(status, body, {}, 0)).toMatchObject({ class: failureClass, code, summary });
  },
);

test('every rule of the table matches a row, and has a source', () => {
  const rulesFor = (rows: readonly FailureRow[], outputLimit: number | null): (string | undefined)[] =>
    rows.map(([, status, body]) => {
      const error = readErrorBody(reply(status, body).body);
      const isPage = isProxyPage(status, reply(status, body).body.toString());
      return REPLY_RULES.find(({ when }) => when({ status, error, outputLimit, echo: NO_ECHO, isPage }))
        ?.name;
    });
  const deciding = [...rulesFor(FAILURE_ROWS, null), ...rulesFor(NO_OUTPUT_ROWS, 0)];
  expect(REPLY_RULES.map(({ name }) => name).filter((name) => !deciding.includes(name))).toEqual([]);
  for (const { source } of REPLY_RULES) expect(source.length).toBeGreaterThan(5);
});

test("the upstream's error is kept for bad requests only", () => {
  expect(meaningOf(400, openAi('bad', 'invalid_request_error', 'c')).upstream).toEqual({
    message: 'bad',
    type: 'invalid_request_error',
    code: 'c',
    param: null,
  });
  for (const status of [401, 403, 402, 429, 500, 502, 503, 504, 529, 302]) {
    const failure = meaningOf(status, openAi('sk-fake-secret-in-the-message', 'api_error'));
    expect(failure.upstream).toBeNull();
    expect(JSON.stringify(failure)).not.toContain('sk-fake');
  }
});

test("a caller's fault that llama-server answers with 500 is a 400 for the caller", () => {
  const failure = meaningOf(500, llama(500, 'image input is not supported - hint: …', 'server_error'));
  expect(failure.status).toBe(400);
  expect(failure.upstream?.message).toContain('image input is not supported');
});

test("the status of a caller's fault is kept: 411, 422", () => {
  expect(meaningOf(411).status).toBe(411);
  expect(meaningOf(422).status).toBe(422);
});

test.each([
  ['Anthropic overloaded', anthropic('overloaded_error', 'Overloaded'), 'busy'],
  ['Anthropic rate limit', anthropic('rate_limit_error', 'slow'), 'rate_limited'],
  ['Anthropic internal', anthropic('api_error', 'Internal server error'), 'unanswered'],
  ['OpenAI quota', openAi('no', 'insufficient_quota', 'insufficient_quota'), 'quota'],
  ['OpenAI server error', openAi('The server had an error', 'server_error'), 'unanswered'],
  [
    'llama-server context filled',
    llama(500, 'Context size has been exceeded.', 'server_error'),
    'context_overflow',
  ],
  ['OpenRouter, numeric code', openAi('Provider returned error', 'x', 502), 'unanswered'],
  ['a bad request', openAi('no', 'invalid_request_error'), 'bad_request'],
  ['an unreadable event', 'event without words', 'unanswered'],
])(
  'an error event inside a 200 stream is classified by its type and code: %s',
  (_name, body, failureClass) => {
    const failure = meaningOf(200, body);
    expect(failure.class).toBe(failureClass);
    expect(failure.summary).not.toContain('200');
    expect(failure.status).toBe(failureClass === 'bad_request' ? 400 : 200);
  },
);

test('any body at all is classified, and quickly', () => {
  for (const body of ['', '{', '[]', 'null', '"x"', '<', 'model '.repeat(10_000), ' '.repeat(64 * 1024)]) {
    for (let status = 300; status < 600; status += 1) {
      if (body.length < 100 || status % 100 === 0) expect(meaningOf(status, body).summary).not.toBe('');
    }
  }
});
