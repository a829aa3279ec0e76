import { expect, test } from 'vitest';
import { classifyReply } from '../../src/providers/failure/reply-failure.ts';
import { NOON, reply } from './failure-harness.ts';

const OVERFLOW =
  "This model's maximum context length is 10 tokens. However, your messages resulted in 20 tokens.";

/** How servers repeat a value that they refuse: `{}` stands for it. */
const ENVELOPES: readonly (readonly [name: string, status: number, envelope: (value: string) => unknown])[] =
  [
    [
      'vLLM, pydantic as text',
      400,
      (value) => ({
        object: 'error',
        message: `[{'type': 'int_parsing', 'loc': ('body', 'seed'), 'msg': 'Input should be a valid integer', 'input': '${value}'}]`,
        type: 'BadRequestError',
        code: 400,
      }),
    ],
    [
      'FastAPI',
      422,
      (value) => ({
        detail: [
          { type: 'int_parsing', loc: ['body', 'seed'], msg: 'Input should be an integer', input: value },
        ],
      }),
    ],
    [
      'OpenAI',
      400,
      (value) => ({
        error: { message: `Invalid type for 'seed': expected an integer, but got '${value}' instead.` },
      }),
    ],
    ['a sentence before the value', 400, (value) => ({ error: `bad seed: ${value}` })],
    ['the value first', 400, (value) => ({ error: `"${value}" is not a valid integer` })],
    ['an unknown envelope', 400, (value) => ({ oops: { given: value } })],
    ['plain text', 400, (value) => `cannot parse seed "${value}"`],
    ['an escape of Python', 400, (value) => ({ error: `bad seed: '${value.replaceAll("'", "\\'")}'` })],
  ];

const WORDS = [
  OVERFLOW,
  'prompt is too long: 20 tokens > 10 maximum',
  'the model not found',
  'blocked by the content management policy',
  'your credit balance is too low',
  'API key not valid',
  'model is not loaded',
];

test.each(ENVELOPES)(
  'words of the request that an error repeats mean nothing: %s',
  (_name, status, envelope) => {
    for (const words of WORDS) {
      for (const request of [
        JSON.stringify({ seed: words }),
        JSON.stringify({ seed: words }).replace('l', '\\u006c').replaceAll('/', '\\/'),
      ]) {
        const failed = { ...reply(status, envelope(words)), request: Buffer.from(request) };
        const { class: failureClass, overflow } = classifyReply(failed, NOON);
        expect([failureClass, overflow], words).toEqual(['bad_request', undefined]);
      }
    }
  },
);

test('the same words of the server itself still decide', () => {
  const request = [Buffer.from('{"messages":[{"content":"How long may a '), Buffer.from('prompt be?"}]}')];
  expect(classifyReply({ ...reply(400, { error: OVERFLOW }), request }, NOON)).toMatchObject({
    class: 'context_overflow',
    overflow: { window: 10, tokens: 20 },
  });
});

test('a conversation about an overflow can overflow itself, but its numbers are not believed', () => {
  const request = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: `Why: ${OVERFLOW}` }] }));
  const said = (message: string): unknown => {
    const { class: failureClass, overflow } = classifyReply(
      { ...reply(400, { error: message }), request },
      NOON,
    );
    return [failureClass, overflow?.window];
  };
  expect(said(OVERFLOW)).toEqual(['context_overflow', null]);
  expect(said(OVERFLOW.replace('20', '4000').replace('10', '2048'))).toEqual(['context_overflow', 2048]);
});

test('words about memory are those of any conversation: the server that says them is out of it', () => {
  const request = Buffer.from('{"prompt":"CUDA error: out of memory, what now?"}');
  const failed = { ...reply(500, { error: 'CUDA error: out of memory' }), request };
  expect(classifyReply(failed, NOON).class).toBe('out_of_memory');
});
