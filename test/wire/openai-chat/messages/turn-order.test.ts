import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openAiType } from '../../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../../src/providers/vllm/settings.ts';
import { scanMessages } from '../../../../src/wire/anthropic-messages/scan.ts';
import type { ScannedRequest } from '../../../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import { json, openAt } from '../../../support/wire.ts';

interface Message extends Record<string, unknown> {
  readonly role: string;
  readonly content?: unknown;
}

interface Sent {
  readonly messages: readonly Message[];
  readonly warnings: readonly string[];
}

const TO_FRONT = 'parameter_changed=messages (system turn moved to the front)';
const AS_USER = 'parameter_changed=messages (system turn sent as user turn)';
const marked = (text: string): string => `<system-reminder>\n${text}\n</system-reminder>`;

const system = (content: unknown): Message => ({ role: 'system', content });
const user = (content: unknown): Message => ({ role: 'user', content });
const assistant = (content: unknown): Message => ({ role: 'assistant', content });
const calls = (...ids: string[]): Message => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'ls', arguments: '{}' } })),
});
const tool = (id: string): Message => ({ role: 'tool', tool_call_id: id, content: 'ok' });

function send(request: ScannedRequest, type = vllmType): Sent {
  const exchange = openAt(request, type.settings.endpoints);
  const bytes = Buffer.isBuffer(exchange.body) ? exchange.body : Buffer.concat(exchange.body);
  const body = JSON.parse(bytes.toString()) as { messages: Message[] };
  return {
    messages: body.messages,
    warnings: exchange.warnings.map(({ code, detail }) => `${code}=${detail}`),
  };
}

const fromOpenAi = (messages: readonly Message[], type = vllmType): Sent =>
  send(scanOpenAiChat(json({ model: 'm', messages })), type);
const fromAnthropic = (messages: readonly Message[], more: object = {}): Sent =>
  send(scanMessages(json({ model: 'm', max_tokens: 9, messages, ...more })));

describe('wire case 84: servers with chat templates get system text first', () => {
  test('system text before the first answer moves to the front', () => {
    const expected = {
      messages: [system('Be brief.\nAgents: general'), user('list')],
      warnings: [TO_FRONT],
    };
    expect(fromOpenAi([system('Be brief.'), user('list'), system('Agents: general')])).toEqual(expected);
    expect(fromAnthropic([user('list'), system('Agents: general')], { system: 'Be brief.' })).toEqual(
      expected,
    );
  });

  test('a system message and a developer message at the front become one, which needs no warning', () => {
    const sent = fromOpenAi([system('A'), { role: 'developer', content: 'B' }, user('hi')]);
    expect(sent).toEqual({ messages: [system('A\nB'), user('hi')], warnings: [] });
  });

  test('system text after an answer keeps its place in the user turn there, so that a prefix cache still hits', () => {
    const turns = [user('a'), assistant('b'), system('Now in French.'), user('c')];
    const expected = {
      messages: [user('a'), assistant('b'), user(`${marked('Now in French.')}\nc`)],
      warnings: [AS_USER],
    };
    expect(fromOpenAi(turns)).toEqual(expected);
    expect(fromAnthropic(turns)).toEqual(expected);
  });

  test('system text between a call and its results waits for the last result', () => {
    const turns = [user('a'), calls('1', '2'), tool('1'), system('Hurry.'), tool('2')];
    expect(fromOpenAi(turns)).toEqual({
      messages: [user('a'), calls('1', '2'), tool('1'), tool('2'), user(marked('Hurry.'))],
      warnings: [AS_USER],
    });
  });

  test('system text that a client has marked itself is not marked again', () => {
    const text = '<system-reminder>Todo list is empty.</system-reminder>';
    expect(fromOpenAi([user('a'), assistant('b'), system([{ type: 'text', text }])]).messages.at(-1)).toEqual(
      user(text),
    );
  });

  test('OpenAI itself gets every turn as the client sent it', () => {
    const turns = [user('a'), user('b'), system('c'), { role: 'developer', content: 'd' }];
    expect(fromOpenAi(turns, openAiType)).toEqual({ messages: turns, warnings: [] });
  });
});

describe('wire case 84: servers with chat templates get alternating roles', () => {
  test('two user turns become one', () => {
    const expected = { messages: [user('First.\nSecond.')], warnings: [] };
    expect(fromOpenAi([user('First.'), user('Second.')])).toEqual(expected);
    expect(fromAnthropic([user('First.'), user('Second.')])).toEqual(expected);
  });

  test('a text and a picture in turns of their own become one list', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
    expect(fromOpenAi([user('What is this?'), user([picture])]).messages).toEqual([
      user([{ type: 'text', text: 'What is this?' }, picture]),
    ]);
  });

  test('an answer and a call in turns of their own become one turn with both', () => {
    const sent = fromOpenAi([
      user('a'),
      assistant('Let me look.'),
      calls('1'),
      calls('2'),
      tool('1'),
      tool('2'),
    ]);
    expect(sent.messages).toEqual([
      user('a'),
      { ...calls('1', '2'), content: 'Let me look.' },
      tool('1'),
      tool('2'),
    ]);
  });

  test('user turns become one after an answer of redacted thinking alone between them was left out', () => {
    const thinking = assistant([{ type: 'redacted_thinking', data: 'hm' }]);
    expect(fromAnthropic([user('a'), thinking, user('b')]).messages).toEqual([user('a\nb')]);
  });

  test('turns of different authors become one, in which each has a name', () => {
    const ann = { ...user('a'), name: 'ann' };
    const sent = fromOpenAi([ann, { ...user('b'), name: 'bob' }, user('c'), ann]);
    expect(sent.messages).toEqual([user('ann: a\nbob: b\nuser: c\nann: a')]);
    expect(sent.warnings).toEqual(['parameter_changed=messages.name (as text)']);
  });

  test('a picture of one author gets the name too, and two answers get those of their models', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
    const { messages } = fromOpenAi([
      { ...user([picture]), name: 'ann' },
      { ...user([{ type: 'text', text: 'b' }]), name: 'bob' },
      { ...assistant('x'), name: 'm1' },
      { ...assistant('y'), name: 'm2' },
      user('c'),
    ]);
    expect(messages).toEqual([
      user([{ type: 'text', text: 'ann:' }, picture, { type: 'text', text: 'bob: b' }]),
      assistant('m1: x\nm2: y'),
      user('c'),
    ]);
  });

  test('turns of one author stay as they are, and so do names where no turns are joined', () => {
    const ann = { ...user('a'), name: 'ann' };
    expect(fromOpenAi([ann, ann])).toEqual({ messages: [{ ...ann, content: 'a\na' }], warnings: [] });
    const apart = [ann, assistant('b'), { ...user('c'), name: 'bob' }];
    expect(fromOpenAi(apart)).toEqual({ messages: apart, warnings: [] });
  });

  test('a hundred thousand user turns are joined in a moment', () => {
    const turns = Array.from({ length: 100_000 }, () => user([{ type: 'text', text: 'a' }]));
    const before = performance.now();
    expect(fromOpenAi(turns).messages).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  test('messages that need no change keep their bytes', () => {
    const kept = '{"role":"user", "content":"\\u00fc", "seed":12345678901234567890}';
    const head = '{"model":"upstream-model", "messages" : [ {"role":"system","content":"a"}';
    const body = `${head}, {"role":"system","content":"b"} , ${kept},\n{"content":"c","role":"assistant"} ], "n":1}`;
    const exchange = openAt(scanOpenAiChat(Buffer.from(body)), vllmType.settings.endpoints);
    expect(exchange.body.toString()).toBe(
      '{"model":"upstream-model", "messages" : [{"role":"system","content":"a\\nb"},' +
        `${kept},\n{"content":"c","role":"assistant"}], "n":1}`,
    );
  });

  test('a conversation in order goes out as the same Buffer', () => {
    const turns = [system('a'), user('b'), calls('1', '2'), tool('1'), tool('2'), assistant('c'), user('d')];
    const body = json({ model: 'm', messages: turns });
    const exchange = openAt(scanOpenAiChat(body), vllmType.settings.endpoints, { modelId: 'm' });
    expect(exchange.body).toBe(body);
  });

  test('any order of roles becomes one that templates accept, without losing a text', () => {
    const roles = fc.array(fc.constantFrom('system', 'developer', 'user', 'assistant'), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(roles, (order) => {
        const turns = order.map((role, index) => ({ role, content: `t${index};` }));
        const { messages } = fromOpenAi(turns);
        const sent = messages.map(({ role }) => role);
        expect(sent.lastIndexOf('system')).toBeLessThanOrEqual(0);
        expect(sent).not.toContain('developer');
        expect(sent.some((role, index) => role === sent[index - 1])).toBe(false);
        expect(sent.find((role) => role !== 'system')).toBe('user');
        for (const { content } of turns) expect(JSON.stringify(messages)).toContain(content);
      }),
    );
  });
});
