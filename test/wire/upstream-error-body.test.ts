import { expect, test } from 'vitest';
import { readErrorBody } from '../../src/wire/upstream-error-body.ts';
import { fixture } from '../support/wire.ts';

test.each([
  [
    'OpenAI',
    '{"error":{"message":"No such model","type":"invalid_request_error","param":"model","code":"model_not_found"}}',
    { message: 'No such model', type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
  ],
  [
    'Anthropic',
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}',
    { message: 'Overloaded', type: 'overloaded_error', param: null, code: null },
  ],
  [
    'wire case 117: Anthropic with a spend limit',
    '{"type":"error","error":{"type":"rate_limit_error","message":"Limit","details":{"error_code":"enforced_spend_limit_reached"}}}',
    { message: 'Limit', type: 'rate_limit_error', param: null, code: 'enforced_spend_limit_reached' },
  ],
  [
    'Ollama',
    '{"error":"model \'x\' not found"}',
    { message: "model 'x' not found", type: null, param: null, code: null },
  ],
  [
    'old vLLM',
    '{"object":"error","message":"Too long","type":"BadRequestError","param":null,"code":400}',
    { message: 'Too long', type: 'BadRequestError', param: null, code: '400' },
  ],
  ['FastAPI text', '{"detail":"Not Found"}', { message: 'Not Found', type: null, param: null, code: null }],
  [
    'FastAPI list',
    '{"detail":[{"type":"missing","loc":["body","messages",0,"role"],"msg":"Field required"}]}',
    { message: 'Field required', type: 'missing', param: 'messages.0.role', code: null },
  ],
  [
    'Google list',
    '[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]',
    { message: 'Quota', type: null, param: null, code: '429' },
  ],
  [
    'a bare message',
    '{"message":"Forbidden"}',
    { message: 'Forbidden', type: null, param: null, code: null },
  ],
  [
    'HTML',
    '<html><head><title>502 Bad Gateway</title><style>a{b:c}</style></head>\r\n<body><h1>502</h1>\n</body></html>',
    { message: '502 Bad Gateway 502', type: null, param: null, code: null },
  ],
  [
    'plain text',
    'proxy error:\n  Could not connect\n',
    { message: 'proxy error: Could not connect', type: null, param: null, code: null },
  ],
  ['nothing', '', { message: 'the upstream gave no reason', type: null, param: null, code: null }],
  [
    'markup alone',
    '<br/><hr>',
    { message: 'the upstream gave no reason', type: null, param: null, code: null },
  ],
  [
    'JSON of no known shape',
    '{"oops":true}',
    { message: '{"oops":true}', type: null, param: null, code: null },
  ],
  [
    'an error without a message',
    '{"error":{"code":7}}',
    { message: '{"code":7}', type: null, param: null, code: '7' },
  ],
  ['null', 'null', { message: 'null', type: null, param: null, code: null }],
])('wire case 166: an error as %s writes it is understood', (_name, body, expected) => {
  expect(readErrorBody(Buffer.from(body))).toEqual(expected);
});

test('wire case 166: llama-server’s numeric code becomes text', () => {
  expect(readErrorBody(fixture('llamacpp/error-overflow.json'))).toEqual({
    message: 'request (4349 tokens) exceeds the available context size (2048 tokens), try increasing it',
    type: 'exceed_context_size_error',
    param: null,
    code: '400',
  });
});

test('long text is truncated to one line of 500 characters', () => {
  const { message } = readErrorBody(Buffer.from('line\n'.repeat(1000)));
  expect(message).toHaveLength(500);
  expect(message).toMatch(/^line line .*…$/);
});

test('neither a truncated body nor half a character throws', () => {
  const body = Buffer.from('{"error":{"message":"größer');
  for (let length = 0; length <= body.length; length += 1) {
    expect(readErrorBody(body.subarray(0, length)).message).not.toBe('');
  }
});
