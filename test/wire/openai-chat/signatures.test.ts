import { expect, test } from 'vitest';

import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { json } from '../../support/wire.ts';

test('wire case 111: the signatures of thinking_blocks are found by the scan', () => {
  const blocks = [
    { type: 'thinking', thinking: 'Hm "signature": x', signature: 'sig-1' },
    { type: 'redacted_thinking', data: 'data-1' },
    { type: 'thinking', thinking: 'unsigned', signature: null },
  ];
  const messages = [
    { role: 'user', content: 'signature' },
    { role: 'assistant', content: 'Yes.', thinking_blocks: blocks },
    {
      role: 'assistant',
      content: 'No.',
      thinking_blocks: [{ type: 'thinking', thinking: '', signature: 'sig-2' }],
    },
    { role: 'user', content: 'Why?', thinking_blocks: 'no list' },
  ];
  expect(scanOpenAiChat(json({ messages })).signatures).toEqual(['sig-1', 'data-1', 'sig-2']);
  expect(scanOpenAiChat(json({ messages: [{ role: 'user', content: 'x' }] })).signatures).toEqual([]);
});
