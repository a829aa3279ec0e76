import { describe, expect, test } from 'vitest';
import type { Part } from '../../../../src/protocol/chat.ts';
import { GatewayError } from '../../../../src/protocol/errors.ts';
import { llamaCppType } from '../../../../src/providers/llamacpp/settings.ts';
import { ollamaType } from '../../../../src/providers/ollama/settings.ts';
import { openAiType } from '../../../../src/providers/openai/settings.ts';
import {
  chatDialectOf,
  assistant,
  call,
  encode,
  image,
  system,
  text,
  user,
} from '../../../support/openai-upstream.ts';

const openAi = chatDialectOf(openAiType);
const PNG = 'data:image/png;base64,iVBORw0KGgo=';
const picture = { type: 'image_url', image_url: { url: PNG } };
const result = (callId: string, content: readonly Part[], isError = false): Part =>
  ({ type: 'tool-result', callId, content, isError, cache: null }) as Part;
const file = (mediaType: string, data: string, name: string | null): Part => ({
  type: 'document',
  source: { kind: 'base64', mediaType, data },
  name,
  cache: null,
});

describe('plain turns', () => {
  test('wire cases 84, 134: system turns keep their position', () => {
    const messages = [system(text('one')), user(text('hi')), system(text('two')), user(text('so?'))];
    expect(encode({ messages }).messages).toEqual([
      { role: 'system', content: 'one' },
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'two' },
      { role: 'user', content: 'so?' },
    ]);
  });

  test('wire case 83: OpenAI’s reasoning models get system turns as developer', () => {
    const messages = [system(text('one')), user(text('hi'))];
    const role = (modelId: string): unknown =>
      (encode({ messages }, openAi, { modelId }).messages as { role: string }[])[0]?.role;
    expect(role('o3')).toBe('developer');
    expect(role('gpt-5.6')).toBe('developer');
    expect(role('gpt-4.1')).toBe('system');
  });

  test('wire case 87: text parts become one string, as llama.cpp and vLLM join them', () => {
    const messages = [user(text('a'), text('b')), assistant(text('c'), text('d'))];
    expect(encode({ messages }).messages).toEqual([
      { role: 'user', content: 'a\nb' },
      { role: 'assistant', content: 'cd' },
    ]);
  });

  test('an image keeps its place between the texts', () => {
    const messages = [user(text('a'), { ...image(), detail: 'low' }, text('b'))];
    expect(encode({ messages }).messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'image_url', image_url: { url: PNG, detail: 'low' } },
          { type: 'text', text: 'b' },
        ],
      },
    ]);
  });

  test('wire case 89: an image URL for Ollama, which fetches none, is rejected by Laneway', () => {
    const remote: Part = {
      type: 'image',
      source: { kind: 'url', url: 'https://example.org/a.png' },
      detail: null,
      cache: null,
    };
    const messages = [user(remote)];
    expect(encode({ messages }).messages).toEqual([
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }] },
    ]);
    expect(() => encode({ messages }, chatDialectOf(ollamaType))).toThrow(GatewayError);
  });
});

describe('documents', () => {
  test('a PDF becomes a named file, a text file becomes text', () => {
    const messages = [
      user(
        file('application/pdf', 'JVBERi0=', null),
        file('text/plain', Buffer.from('grün').toString('base64'), 'notes.txt'),
      ),
    ];
    expect(encode({ messages }).messages).toEqual([
      {
        role: 'user',
        content: [
          {
            type: 'file',
            file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
          },
          { type: 'text', text: 'notes.txt:\ngrün' },
        ],
      },
    ]);
  });

  test('one that is only a URL is rejected and named', () => {
    const messages = [
      user({
        type: 'document',
        source: { kind: 'url', url: 'https://example.org/a.pdf' },
        name: null,
        cache: null,
      }),
    ];
    expect(() => encode({ messages })).toThrow(expect.objectContaining({ code: 'unsupported_parameter' }));
  });
});

describe('calls and results', () => {
  test('an assistant turn keeps its text, its calls and their ids', () => {
    const messages = [
      user(text('hi')),
      assistant(text('let me see'), call('toolu_1'), call('toolu_2', 'clock', '{}')),
    ];
    expect(encode({ messages }).messages).toMatchObject([
      {},
      {
        role: 'assistant',
        content: 'let me see',
        tool_calls: [
          {
            id: 'toolu_1',
            type: 'function',
            function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
          },
          { id: 'toolu_2', type: 'function', function: { name: 'clock', arguments: '{}' } },
        ],
      },
      { tool_call_id: 'toolu_1' },
      { tool_call_id: 'toolu_2' },
    ]);
    expect(encode({ messages: [assistant(call('a'))] }).messages).toMatchObject([{ content: null }, {}]);
  });

  test('wire case 135: results go first, as tool messages, then the user’s text', () => {
    const messages = [
      assistant(call('a'), call('b')),
      user(text('and now?'), result('a', [text('sunny')]), result('b', [text('12:00'), text('UTC')])),
    ];
    expect((encode({ messages }).messages as unknown[]).slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'sunny' },
      { role: 'tool', tool_call_id: 'b', content: '12:00\nUTC' },
      { role: 'user', content: 'and now?' },
    ]);
  });

  test('wire case 68: results separated by a user turn come together after their calls', () => {
    const messages = [
      assistant(call('a'), call('b')),
      user(result('a', [text('1')])),
      user(text('wait')),
      user(result('b', [text('2')])),
    ];
    expect((encode({ messages }).messages as unknown[]).slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      { role: 'user', content: 'wait' },
    ]);
  });

  test('wire cases 70, 136: images of results follow in a user message that names their call', () => {
    const messages = [
      assistant(call('a', 'shoot'), call('b', 'shoot')),
      user(result('a', [text('done'), image()]), result('b', [image()]), text('compare')),
    ];
    expect((encode({ messages }).messages as unknown[]).slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'done' },
      { role: 'tool', tool_call_id: 'b', content: 'The result is in the next message.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the result of the tool call shoot (a):' },
          picture,
          { type: 'text', text: 'From the result of the tool call shoot (b):' },
          picture,
          { type: 'text', text: 'compare' },
        ],
      },
    ]);
  });

  test('wire case 71: the text of a failed tool result says that it failed', () => {
    const messages = [assistant(call('a')), user(result('a', [text('no such city')], true))];
    expect(encode({ messages }).messages).toMatchObject([{}, { content: 'Error: no such city' }]);
  });
});

describe('thinking in the history', () => {
  const thought: Part = { type: 'thinking', text: 'hm', signature: 'sig' };
  const hidden: Part = { type: 'redacted-thinking', data: 'xyz' };

  test('wire case 146: goes only to servers that read it, and never with a signature', () => {
    const messages = [user(text('hi')), assistant(thought, text('yo'))];
    const plain = encode({ messages });
    expect(plain.messages).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'yo' },
    ]);
    expect(plain.warnings).toContain('parameter_dropped=messages.thinking');
    const local = encode({ messages }, chatDialectOf(llamaCppType));
    expect(local.messages).toMatchObject([{}, { content: 'yo', reasoning_content: 'hm' }]);
    expect(local.warnings).toEqual([]);
    expect(encode({ messages }, chatDialectOf(ollamaType)).messages).toMatchObject([{}, { reasoning: 'hm' }]);
  });

  test('a turn of thinking alone is left out', () => {
    const { messages, warnings } = encode({ messages: [user(text('hi')), assistant(thought, hidden)] });
    expect(messages).toEqual([{ role: 'user', content: 'hi' }]);
    expect(warnings.sort()).toEqual([
      'parameter_dropped=messages.redacted-thinking',
      'parameter_dropped=messages.thinking',
    ]);
  });
});

describe('wire case 121: cache breakpoints', () => {
  const marked = (ttl: string | null): Part => ({ type: 'text', text: 'long', cache: { ttl } });

  test('become breakpoints where the model accepts them', () => {
    const messages = [system(marked('1h')), user(marked(null), text('hi'))];
    expect(encode({ messages }, openAi, { modelId: 'gpt-5.6' }).messages).toEqual([
      {
        role: 'developer',
        content: [{ type: 'text', text: 'long', prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } }],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'long', prompt_cache_breakpoint: { mode: 'explicit' } },
          { type: 'text', text: 'hi' },
        ],
      },
    ]);
  });

  test('are dropped elsewhere, with one warning', () => {
    const { messages, warnings } = encode({ messages: [system(marked(null)), user(marked('5m'))] });
    expect(messages).toEqual([
      { role: 'system', content: 'long' },
      { role: 'user', content: 'long' },
    ]);
    expect(warnings).toEqual(['parameter_dropped=messages.cache_control']);
  });
});
