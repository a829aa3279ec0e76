import { describe, expect, test } from 'vitest';
import { PROVIDER_TYPES } from '../../../src/providers/index.ts';
import { scanMessages } from '../../../src/wire/anthropic-messages/scan.ts';
import type { ScannedRequest } from '../../../src/wire/exchange.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json, openAt } from '../../support/wire.ts';

const HI = [{ role: 'user', content: 'hi' }];
const TOOLS = ['a', 'b', 'c'].map((name) => ({ type: 'function', function: { name, parameters: {} } }));
const CLAUDE_TOOLS = ['a', 'b', 'c'].map((name) => ({ name, input_schema: { type: 'object' } }));
const named = (name: string): object => ({ type: 'function', function: { name } });
const allowed = (mode: string, ...names: string[]): object => ({
  type: 'allowed_tools',
  allowed_tools: { mode, tools: names.map(named) },
});

interface Sent {
  readonly text: string;
  /** Names of the tools that are sent; null: no list. */
  readonly tools: readonly string[] | null;
  readonly choice: unknown;
  readonly warnings: readonly string[];
}

function sent(type: string, request: ScannedRequest): Sent {
  const endpoints = PROVIDER_TYPES.find(({ settings }) => settings.type === type)?.settings.endpoints ?? [];
  const exchange = openAt(request, endpoints, { modelId: 'm' });
  const text = [exchange.body].flat().join('');
  const body = JSON.parse(text) as { tools?: { function: { name: string } }[]; tool_choice?: unknown };
  return {
    text,
    tools: body.tools?.map((tool) => tool.function.name) ?? null,
    choice: body.tool_choice,
    warnings: exchange.warnings.map(({ detail }) => detail),
  };
}

const fromOpenAi = (type: string, choice: unknown): Sent =>
  sent(type, scanOpenAiChat(json({ model: 'm', messages: HI, tools: TOOLS, tool_choice: choice })));

const fromClaude = (type: string, choice: object): Sent =>
  sent(
    type,
    scanMessages(json({ model: 'm', max_tokens: 9, messages: HI, tools: CLAUDE_TOOLS, tool_choice: choice })),
  );

const ALL = ['a', 'b', 'c'];

describe('wire case 246: a choice that a server does not understand limits the tools that it gets', () => {
  test.each<[string, unknown, unknown, readonly string[] | null, string[]]>([
    ['llamacpp', named('b'), 'required', ['b'], ['tool_choice (sent as required']],
    ['llamacpp', allowed('auto', 'a', 'c'), 'auto', ['a', 'c'], ['tool_choice (sent as auto']],
    ['llamacpp', allowed('required', 'c'), 'required', ['c'], ['tool_choice (sent as required']],
    ['llamacpp', 'required', 'required', ALL, []],
    ['llamacpp', 'none', 'none', ALL, []],
    ['llamacpp', null, null, ALL, []],
    ['ollama', named('b'), undefined, ['b'], ['tool_choice (cannot be forced)']],
    ['ollama', 'required', undefined, ALL, ['tool_choice (cannot be forced)']],
    ['ollama', allowed('auto', 'a'), undefined, ['a'], []],
    ['ollama', 'none', undefined, null, ['tools']],
    ['ollama', 'auto', undefined, ALL, []],
    ['vllm', named('b'), named('b'), ALL, []],
    ['openai_compatible', named('b'), named('b'), ALL, []],
  ])('OpenAI client, %s, %j', (type, choice, goesOut, tools, warnings) => {
    const found = fromOpenAi(type, choice);
    expect([found.choice, found.tools]).toEqual([goesOut, tools]);
    expect(found.warnings).toEqual(warnings.map((start) => expect.stringContaining(start) as string));
  });

  test.each<[string, object, unknown, readonly string[] | null, string[]]>([
    ['llamacpp', { type: 'tool', name: 'b' }, 'required', ['b'], ['tool_choice (sent as required']],
    ['llamacpp', { type: 'any' }, 'required', ALL, []],
    ['llamacpp', { type: 'none' }, 'none', ALL, []],
    ['ollama', { type: 'tool', name: 'b' }, undefined, ['b'], ['tool_choice (cannot be forced)']],
    ['ollama', { type: 'any' }, undefined, ALL, ['tool_choice (cannot be forced)']],
    ['ollama', { type: 'none' }, undefined, null, ['tools']],
    ['vllm', { type: 'tool', name: 'b' }, named('b'), ALL, []],
  ])('Messages client, %s, %j', (type, choice, goesOut, tools, warnings) => {
    const found = fromClaude(type, choice);
    expect([found.choice, found.tools]).toEqual([goesOut, tools]);
    expect(found.warnings).toEqual(warnings.map((start) => expect.stringContaining(start) as string));
  });

  test.each(['llamacpp', 'ollama'])(
    '%s: a name that is not among the tools is an error, not ignored',
    (type) => {
      const error = expect.objectContaining({
        code: 'invalid_body',
        options: { param: 'tool_choice' },
      }) as Error;
      expect(() => fromOpenAi(type, named('nope'))).toThrow(error);
      expect(() => fromClaude(type, { type: 'tool', name: 'nope' })).toThrow(error);
    },
  );

  test('the bytes of the tools that are sent, and of everything else, stay', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(
      (name) => `{ "function":{"parameters":{"maximum":1.0},"name":"${name}"},"type":"function" }`,
    );
    const start = '{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[ ';
    const body = (choice: string): string =>
      `${start}${a} ,\n${b} , ${c} ],"tool_choice":${choice},"logprobs":true,"x":1.0}`;
    const text = (choice: string): string => sent('ollama', scanOpenAiChat(Buffer.from(body(choice)))).text;
    expect(text(JSON.stringify(named('b')))).toBe(
      `${start.trim()}${b}],"tool_choice":"required","logprobs":true,"x":1.0}`,
    );
    expect(text(JSON.stringify(allowed('auto', 'c', 'a')))).toBe(
      `${start.trim()}${a},${c}],"tool_choice":"auto","logprobs":true,"x":1.0}`,
    );
    expect(text('"auto"')).toBe(body('"auto"'));
  });
});
