import { describe, expect, test } from 'vitest';
import type { ChatRequest, Part } from '../../../../src/protocol/chat.ts';
import { encodeOllamaChatRequest } from '../../../../src/wire/ollama-chat/encode/request.ts';
import { assistant, call, chatRequest, image, system, text, user } from '../../../support/openai-upstream.ts';
import { target } from '../../../support/wire.ts';
import { DIALECT, type Wanted } from '../lines.ts';

interface Encoded {
  readonly body: Record<string, unknown>;
  readonly bytes: string;
  readonly warnings: readonly string[];
}

function encode(request: Partial<ChatRequest>, wanted: Wanted = {}): Encoded {
  const { body, warnings } = encodeOllamaChatRequest(chatRequest(request), target(wanted), DIALECT);
  const bytes = String(body);
  return {
    bytes,
    body: JSON.parse(bytes) as Record<string, unknown>,
    warnings: warnings.map(({ code, detail }) => `${code}=${detail}`),
  };
}

const result = (callId: string, ...content: Part[]): Part => ({
  type: 'tool-result',
  callId,
  content: content as never,
  isError: false,
  cache: null,
});

const TOOLS = ['look', 'find'].map((name) => ({
  name,
  description: null,
  parameters: { type: 'object' },
  strict: null,
  cache: null,
}));

describe('a request for Ollama’s own API', () => {
  test('wire cases 149, 158: says that it is no stream, and that nothing may be cut', () => {
    expect(encode({}).body).toEqual({
      model: 'upstream-model',
      messages: [{ role: 'user', content: 'hi' }],
      stream: false,
      truncate: false,
      shift: false,
    });
    expect(encode({ stream: true }).body).toMatchObject({ stream: true });
  });

  test('a server that refuses one of the fields that Laneway adds is asked without it', () => {
    const { body } = encode({}, { withheld: ['shift'] });
    expect(body).toHaveProperty('truncate', false);
    expect(body).not.toHaveProperty('shift');
  });

  test('has its limits and sampling as options, without those that the client left out', () => {
    const sampling = { temperature: 0, topP: 0.5, topK: 3, stop: ['END'], maxOutputTokens: 7 };
    expect(encode(sampling).body['options']).toEqual({
      ...{ num_predict: 7, temperature: 0, top_p: 0.5, top_k: 3, stop: ['END'] },
    });
  });

  test('wire case 211: has no limit above what the model and its window allow', () => {
    const { body, warnings } = encode({ maxOutputTokens: 9000 }, { outputRoom: 1024 });
    expect(body['options']).toEqual({ num_predict: 1024 });
    expect(warnings).toEqual(['parameter_changed=num_predict (9000 to 1024)']);
  });

  test('has the settings that local servers share, from the client or as defaults of the target', () => {
    const extras = { seed: 4, min_p: 0.1, num_ctx: 8192 };
    const params = { num_ctx: 4096, keep_alive: '1h', repeat_penalty: 1.1, num_gpu: 20, prefix_id: 1 };
    const { body, warnings } = encode({ extras }, { params });
    expect(body).toMatchObject({
      options: { seed: 4, min_p: 0.1, num_ctx: 8192, repeat_penalty: 1.1, num_gpu: 20 },
      keep_alive: '1h',
    });
    expect(warnings).toEqual(['parameter_dropped=prefix_id']);
  });

  test('reports what Ollama does not have', () => {
    const { warnings } = encode({
      user: 'u',
      serviceTier: 'auto',
      tools: TOOLS,
      parallelTools: false,
      extras: { verbosity: 'low' },
    });
    expect(warnings.toSorted()).toEqual(
      ['parallel_tool_calls', 'service_tier', 'user', 'verbosity'].map((name) => `parameter_dropped=${name}`),
    );
  });

  test('wire case 95: has the schema itself as its format', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } } };
    const format = { type: 'json-schema', name: 'x', description: 'y', schema, strict: true } as const;
    expect(encode({ format }).body['format']).toEqual(schema);
    expect(encode({ format: { type: 'json-object' } }).body['format']).toBe('json');
  });

  test('wire case 246: has only the tools that may be called', () => {
    const named = encode({ tools: TOOLS, toolChoice: { type: 'tool', name: 'find' } });
    expect(named.body['tools']).toEqual([
      { type: 'function', function: { name: 'find', parameters: { type: 'object' } } },
    ]);
    expect(named.warnings).toEqual(['parameter_changed=tool_choice (cannot be forced)']);
    expect(encode({ tools: TOOLS, toolChoice: { type: 'none' } }).body).not.toHaveProperty('tools');
    expect(encode({ tools: TOOLS, toolChoice: { type: 'auto' } }).warnings).toEqual([]);
  });
});

describe('thinking', () => {
  const think = (effort: string, wanted: Wanted = {}): unknown => {
    const { body, warnings } = encode(
      { reasoning: { effort: effort as never, budgetTokens: null, display: null } },
      wanted,
    );
    return [body['think'], warnings];
  };

  test('wire case 155: is not asked of a model that is not known to think', () => {
    expect(think('high')).toEqual([undefined, ['parameter_dropped=reasoning_effort']]);
    expect(encode({}).body).not.toHaveProperty('think');
  });

  test('wire case 156: is switched off and on, without a level', () => {
    expect(think('none')).toEqual([false, []]);
    expect(think('medium', { reasons: true })).toEqual([true, []]);
    const [value, warnings] = think('high', { reasons: true }) as [unknown, string[]];
    expect([value, warnings]).toEqual([true, [expect.stringContaining('without a level')]]);
  });

  test('has a level for gpt-oss, which cannot do without', () => {
    const wanted = { modelId: 'gpt-oss:20b', reasons: true };
    expect(think('high', wanted)).toEqual(['high', []]);
    expect(think('max', wanted)).toEqual(['high', ['parameter_changed=reasoning_effort high']]);
    expect(think('none', wanted)).toEqual(['low', ['parameter_changed=reasoning_effort low']]);
  });

  test('of a token budget is on', () => {
    const reasoning = { effort: null, budgetTokens: 8000, display: null };
    expect(encode({ reasoning }, { reasons: true }).body['think']).toBe(true);
  });
});

describe('messages', () => {
  const sent = (...messages: ChatRequest['messages'][number][]): unknown =>
    encode({ messages }).body['messages'];

  test('wire case 161: text parts are one string, images are bare base64 next to it', () => {
    expect(sent(user(text('What'), image('AAAA'), text('is this?')))).toEqual([
      { role: 'user', content: 'What\nis this?', images: ['AAAA'] },
    ]);
  });

  test('wire case 89: an image at a URL is refused, and so is a document', () => {
    const url = { ...image(), source: { kind: 'url', url: 'https://example.com/a.png' } } as Part;
    expect(() => encode({ messages: [user(url)] })).toThrow('send the image itself');
    const pdf = { type: 'base64', kind: 'base64', mediaType: 'application/pdf', data: 'AAAA' };
    const document = { type: 'document', source: pdf, name: null, cache: null } as unknown as Part;
    expect(() => encode({ messages: [user(document)] })).toThrow('images and text, but no other files');
  });

  test('wire cases 153, 154: arguments are objects, and results name their tool', () => {
    const args = '{"b":1,"a":{"z":2},"id":12345678901234567890,"x":1.0}';
    const messages = [
      user(text('hi')),
      assistant({ type: 'thinking', text: 'Hm.', signature: null }, call('c1', 'look', args)),
      user(result('c1', text('sunny'))),
    ];
    expect(sent(...messages)).toMatchObject([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: '',
        thinking: 'Hm.',
        tool_calls: [{ id: 'c1', function: { name: 'look' } }],
      },
      { role: 'tool', content: 'sunny', tool_name: 'look', tool_call_id: 'c1' },
    ]);
    expect(encode({ messages }).bytes).toContain(`"arguments":${args}`);
  });

  test('wire cases 65, 66: arguments that are no object are wrapped, blank ones are empty', () => {
    const wrapped = ['', '[1]', '{"a":'].map((args) => {
      const [, turn] = sent(
        user(text('a')),
        assistant(call('c', 'look', args)),
        user(result('c', text('r'))),
      ) as [unknown, { tool_calls: [{ function: { arguments: unknown } }] }];
      return turn.tool_calls[0].function.arguments;
    });
    expect(wrapped).toEqual([{}, { value: [1] }, { invalid_json: '{"a":' }]);
  });

  test('wire case 84: system text comes first, and Claude Code’s billing line is left out', () => {
    const line = 'x-anthropic-billing-header: cc_version=2.1.177.01c; cc_entrypoint=cli; cch=36ee5;';
    expect(sent(system(text(line), text('Be brief.')), user(text('a')), user(text('b')))).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: expect.stringMatching(/a\s+b/) as string },
    ]);
  });

  test('an image in a result follows in the next turn of the user', () => {
    const found = sent(
      user(text('a')),
      assistant(call('c1', 'shot', '{}')),
      user(result('c1', image('AAAA'))),
    );
    expect(found).toMatchObject([
      {},
      {},
      { role: 'tool', tool_name: 'shot' },
      { role: 'user', images: ['AAAA'] },
    ]);
  });
});
