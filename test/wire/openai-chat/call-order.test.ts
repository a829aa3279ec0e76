import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groqType } from '../../../src/providers/groq/settings.ts';
import { llamaCppType } from '../../../src/providers/llamacpp/settings.ts';
import { openAiType } from '../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../src/providers/vllm/settings.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json, openAt } from '../../support/wire.ts';

interface Message {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly { readonly id?: string }[];
  readonly tool_call_id?: string;
}

const NONE = 'messages (tool call without a result)';
const ORPHAN = 'messages (tool result without its call)';

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const calls = (...ids: (string | undefined)[]): Message => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({
    ...(id === undefined ? {} : { id }),
    ...{ type: 'function', function: { name: 'ls', arguments: '{}' } },
  })),
});
const tool = (id: string | undefined, content = `${id} is ok`): Message => ({
  role: 'tool',
  ...(id === undefined ? {} : { tool_call_id: id }),
  content,
});
const lost = (id: string): Message => tool(id, 'Error: No result of this call was recorded.');

function sent(
  messages: readonly Message[],
  type = vllmType,
): { messages: readonly Message[]; warnings: readonly string[] } {
  const exchange = openAt(scanOpenAiChat(json({ model: 'm', messages })), type.settings.endpoints);
  const bytes = Buffer.isBuffer(exchange.body) ? exchange.body : Buffer.concat(exchange.body);
  const body = JSON.parse(bytes.toString()) as { messages: Message[] };
  return { messages: body.messages, warnings: exchange.warnings.map(({ detail }) => detail) };
}

describe('a server with chat templates gets each result directly after its call', () => {
  test('wire case 68: a result that a user turn separates from its call', () => {
    expect(sent([user('a'), calls('1', '2'), tool('1'), user('b'), tool('2'), user('c')])).toEqual({
      messages: [user('a'), calls('1', '2'), tool('1'), tool('2'), user('b\nc')],
      warnings: [],
    });
  });

  test('wire case 68: results of two turns of calls', () => {
    expect(sent([user('a'), calls('1'), calls('2'), tool('1'), tool('2')], llamaCppType).messages).toEqual([
      user('a'),
      calls('1', '2'),
      tool('1'),
      tool('2'),
    ]);
  });

  test('wire case 67: a call without a result gets one that says so, in its place or at the end', () => {
    expect(sent([user('a'), calls('1', '2'), tool('2'), assistant('b'), user('c'), calls('3')])).toEqual({
      messages: [
        ...[user('a'), calls('1', '2'), tool('2'), lost('1'), assistant('b'), user('c')],
        ...[calls('3'), lost('3')],
      ],
      warnings: [NONE],
    });
  });

  test('wire case 67: a result without its call, or a second one, becomes text in a user turn', () => {
    expect(sent([user('a'), tool('0', 'x'), calls('1'), tool('1'), tool('1', 'again'), user('b')])).toEqual({
      messages: [
        user('a\nResult of the tool call 0:\nx'),
        ...[calls('1'), tool('1'), user('Result of the tool call 1:\nagain\nb')],
      ],
      warnings: [ORPHAN],
    });
  });

  test('wire case 67: a result that comes after the next answer is text, and its call gets a notice', () => {
    const late = sent([user('a'), calls('1'), user('b'), assistant('c'), tool('1', 'x')]);
    expect(late.messages).toEqual([
      ...[user('a'), calls('1'), lost('1'), user('b'), assistant('c')],
      user('Result of the tool call 1:\nx'),
    ]);
    expect(late.warnings).toEqual([NONE, ORPHAN]);
  });

  test('parts of a result without its call are kept', () => {
    const image = { type: 'image_url', image_url: { url: 'https://example.org/a.png' } };
    const { messages } = sent([{ ...tool('0'), content: [image] }, assistant('b'), user('c')]);
    expect(messages[0]).toEqual({
      role: 'user',
      content: [{ type: 'text', text: 'Result of the tool call 0:' }, image],
    });
  });

  test('ids are optional, and their results are then in the order of the calls', () => {
    const inOrder = [user('a'), calls(undefined, undefined), tool(undefined, 'x'), tool(undefined, 'y')];
    expect(sent(inOrder)).toEqual({ messages: inOrder, warnings: [] });
    const { messages } = sent([user('a'), calls(undefined), user('b'), tool(undefined, 'x')]);
    expect(messages).toEqual([user('a'), calls(undefined), tool(undefined, 'x'), user('b')]);
  });
});

describe('a history that needs no repair', () => {
  test.each([
    ['results in another order', [calls('1', '2'), tool('2'), tool('1')]],
    ['an id that every turn uses', [calls('0'), tool('0'), calls('0'), tool('0')]],
    ['an id that two calls of a turn share', [calls('0', '0'), tool('0'), tool('0')]],
    ['results without ids', [calls('1', '2'), tool(undefined), tool(undefined)]],
  ])('with %s goes out as the same bytes', (_name, turns) => {
    const body = json({ model: 'm', messages: [user('a'), ...turns, user('b')] });
    const exchange = openAt(scanOpenAiChat(body), vllmType.settings.endpoints, { modelId: 'm' });
    expect(exchange.body).toBe(body);
  });

  test('OpenAI and Groq, which have no such templates, decide themselves', () => {
    const turns = [user('a'), calls('1'), user('b'), tool('1'), tool('2')];
    for (const type of [openAiType, groqType])
      expect(sent(turns, type)).toEqual({ messages: turns, warnings: [] });
  });
});

test('any history becomes one that templates accept, without losing a text', () => {
  const id = fc.constantFrom('1', '2', '3');
  const turn = fc.oneof(
    fc.constantFrom('system', 'user', 'assistant').map((role) => (text: string) => ({ role, content: text })),
    fc.array(id, { minLength: 1, maxLength: 3 }).map((ids) => (text: string) => ({
      ...calls(...ids),
      content: text,
    })),
    id.map((each) => (text: string) => tool(each, text)),
  );
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1, maxLength: 10 }), (makers) => {
      const turns = makers.map((make, index) => make(`t${index};`));
      const { messages } = sent(turns);
      for (const { content } of turns) expect(JSON.stringify(messages)).toContain(content);
      expect(faultsOf(messages)).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('fifty thousand calls with results in reverse order are ordered in a moment', () => {
  const ids = Array.from({ length: 50_000 }, (_, index) => `call_${index}`);
  const before = performance.now();
  const { messages } = sent([
    user('a'),
    calls(...ids),
    user('b'),
    ...ids.toReversed().map((each) => tool(each)),
  ]);
  expect(messages).toHaveLength(50_003);
  expect(performance.now() - before).toBeLessThan(5_000);
});

/** What a strict chat template refuses. */
function faultsOf(messages: readonly Message[]): string[] {
  const faults: string[] = [];
  let open: string[] = [];
  let previous: string | null = null;
  for (const [index, { role, tool_calls, tool_call_id }] of messages.entries()) {
    if (role === 'system' && index > 0) faults.push(`system text at ${index}`);
    if (role === 'tool') {
      const at = open.indexOf(tool_call_id ?? '');
      if (open.splice(at, at < 0 ? 0 : 1).length === 0) faults.push(`no call for ${index}`);
    } else {
      if (open.length > 0) faults.push(`no result before ${index}`);
      if (role === previous) faults.push(`two turns of ${role} at ${index}`);
      if (role === 'assistant' && (previous === null || previous === 'system')) faults.push('begins late');
      open = (tool_calls ?? []).map((each) => each.id ?? '');
    }
    previous = role;
  }
  return open.length > 0 ? [...faults, 'no result at the end'] : faults;
}
