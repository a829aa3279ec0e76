import { describe, expect, test } from 'vitest';
import type { ChatMessage } from '../../../../src/protocol/chat.ts';
import {
  assistant,
  call,
  HI,
  result,
  send,
  SONNET_4_5,
  system,
  text,
  user,
} from '../../../support/claude-upstream.ts';

const AS_USER = 'parameter_changed=messages (system turn sent as user turn)';
const marked = (words: string): object => ({
  type: 'text',
  text: `<system-reminder>\n${words}\n</system-reminder>`,
});

const sent = (
  messages: ChatMessage[],
  id = SONNET_4_5,
): { system: unknown; last: unknown; warnings: readonly string[] } => {
  const { body, warnings } = send({ messages }, id);
  return { system: body['system'], last: (body['messages'] as unknown[]).at(-1), warnings };
};

describe('wire case 84: a system turn after an answer of Claude', () => {
  const poem = [HI, assistant(text('Roses are red'))];

  test.each([SONNET_4_5, 'claude-opus-4-6', 'claude-opus-4-8', 'claude-sonnet-5-5'])(
    'at the end is a user turn for %s, so that the answer is not continued',
    (id) => {
      expect(sent([...poem, system(text('Now translate it.'))], id)).toEqual({
        system: undefined,
        last: { role: 'user', content: [marked('Now translate it.')] },
        warnings: [AS_USER],
      });
    },
  );

  test('is the beginning of the user turn after it', () => {
    expect(sent([...poem, system(text('From now on in French.')), user(text('And?'))])).toEqual({
      system: undefined,
      last: { role: 'user', content: [marked('From now on in French.'), { type: 'text', text: 'And?' }] },
      warnings: [AS_USER],
    });
  });

  test('follows the result, between a call and its result', () => {
    const { last, warnings } = sent([
      HI,
      assistant(call('toolu_1')),
      system(text('Hurry.')),
      user(result('toolu_1', 'ok')),
    ]);
    expect(last).toMatchObject({ role: 'user', content: [{ type: 'tool_result' }, marked('Hurry.')] });
    expect(warnings).toEqual([AS_USER]);
  });

  test('keeps its cache breakpoint, and is not marked again if the client has marked it', () => {
    const own = '<system-reminder>Todo list is empty.</system-reminder>';
    expect(sent([...poem, system(text('Brief.', '5m'), text(own))]).last).toEqual({
      role: 'user',
      content: [
        { ...marked('Brief.'), cache_control: { type: 'ephemeral', ttl: '5m' } },
        { type: 'text', text: own },
      ],
    });
  });
});
