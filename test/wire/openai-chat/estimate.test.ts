import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json } from '../../support/wire.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'a', 'é', '日', '😀', '\u0000'), maxLength: 40 }),
);
const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({ type: fc.constant('refusal'), refusal: text }),
  fc.constant({ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } }),
  fc.record({ type: fc.constant('other'), other: fc.jsonValue({ maxDepth: 2 }) }),
);
const call = fc.record({ id: fc.string(), function: fc.record({ name: fc.string(), arguments: text }) });
const message = fc.record(
  {
    role: fc.constantFrom('user', 'assistant', 'tool'),
    content: fc.oneof(text, fc.constant(null), fc.array(part, { maxLength: 4 })),
    tool_calls: fc.array(call, { maxLength: 3 }),
    function_call: fc.record({ arguments: text }),
  },
  { requiredKeys: ['role', 'content'] },
);
const tools = fc.array(
  fc.record({ type: fc.constant('function'), function: fc.jsonValue({ maxDepth: 2 }) }),
  { maxLength: 3 },
);

interface Message {
  content: string | null | { text?: string; refusal?: string; image_url?: unknown }[];
  tool_calls?: { function: { arguments: string } }[];
  function_call?: { arguments: string };
}

/** The estimate, computed from the parsed request. */
function expected(body: { messages: readonly Message[]; tools: readonly unknown[] }): number {
  let bytes = 0;
  let images = 0;
  for (const { content, tool_calls: calls, function_call: legacy } of body.messages) {
    const parts = typeof content === 'string' ? [{ text: content }] : (content ?? []);
    for (const entry of parts) {
      bytes +=
        Buffer.byteLength(entry.text ?? '') +
        Buffer.byteLength('refusal' in entry ? (entry.refusal ?? '') : '');
      if ('image_url' in entry) images += 1;
    }
    for (const entry of calls ?? []) bytes += Buffer.byteLength(entry.function.arguments);
    bytes += Buffer.byteLength(legacy?.arguments ?? '');
  }
  if (body.tools.length > 0) bytes += Buffer.byteLength(JSON.stringify(body.tools));
  return Math.ceil(bytes / 4) + images * 1000;
}

test('for any conversation, tokens are estimated as bytes of text ÷ 4 and 1,000 per image', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), tools, (messages, definitions) => {
      const body = { model: 'm', messages, tools: definitions } as { messages: Message[]; tools: unknown[] };
      expect(scanOpenAiChat(json(body)).facts.estimatedTokens).toBe(expected(body));
    }),
    { numRuns: 500 },
  );
});

test('escapes count as the character they represent', () => {
  const content = 'ü😀"'.repeat(4);
  const escaped = Array.from(
    content.split(''),
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ).join('');
  const read = (written: string): number =>
    scanOpenAiChat(Buffer.from(`{"messages":[{"role":"user","content":"${written}"}]}`)).facts
      .estimatedTokens;
  expect(read(escaped)).toBe(Math.ceil(Buffer.byteLength(content) / 4));
});

test('an image of a megabyte counts as an image, not as text', () => {
  const url = `data:image/png;base64,${'A'.repeat(1024 * 1024)}`;
  const body = json({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });
  expect(scanOpenAiChat(body).facts.estimatedTokens).toBe(1000);
});
