import { expect, test } from 'vitest';
import { assistant, call, HI, result, send, tool, user } from '../../../support/claude-upstream.ts';

interface Block {
  readonly type: string;
  readonly id?: string;
  readonly tool_use_id?: string;
}

const COUNT = 20_000;

test(
  'a history of thousands of calls with the same id does not block the gateway',
  { timeout: 5_000 },
  () => {
    const calls = Array.from({ length: COUNT }, () => call('a'));
    const results = Array.from({ length: COUNT }, () => result('a', 'x'));
    // An id that already looks like a replacement is not assigned twice.
    const messages = [HI, assistant(call('a_3'), ...calls), user(result('a_3', 'y'), ...results)];
    const { body } = send({ messages, tools: [tool('f')] });
    const [, asked, answered] = (body['messages'] as { content: Block[] }[]).map(({ content }) => content);
    const ids = asked?.map(({ id }) => id);
    expect(ids?.slice(0, 4)).toEqual(['a_3', 'a', 'a_2', 'a_4']);
    expect(new Set(ids).size).toBe(COUNT + 1);
    expect(answered?.map((block) => block.tool_use_id)).toEqual(ids);
  },
);
