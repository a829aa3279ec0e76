import { expect, test } from 'vitest';

import { typedText } from '../../src/demo/typed-text.ts';

const user = (content: unknown): Readonly<Record<string, unknown>> => ({ role: 'user', content });
const parts = (...texts: string[]): unknown => texts.map((text) => ({ type: 'text', text }));

const REMINDER = '<system-reminder>\nToday is Sunday. Use Bash with care.\n</system-reminder>\n\n';
const ENVIRONMENT = '<environment_context>\n  <cwd>/home/someone</cwd>\n</environment_context>';

test.each<[string, readonly Readonly<Record<string, unknown>>[]]>([
  ['a plain text', [user('list the files')]],
  ['a reminder in a block of its own (Claude Code)', [user(parts(REMINDER, 'list the files'))]],
  ['a reminder in the same text', [user(`${REMINDER}list the files`)]],
  ['a reminder after it', [user(parts('list the files', REMINDER))]],
  ['a reminder in a later turn', [user('list the files'), user(REMINDER)]],
  [
    'a preamble without tags in a block before it',
    [user(parts('You are in a hurry. Use bash.', 'list the files'))],
  ],
  [
    'a context in a turn before it (Codex)',
    [
      user(parts('# AGENTS.md\n\n<INSTRUCTIONS>\nUse bash.\n</INSTRUCTIONS>', ENVIRONMENT)),
      user('list the files'),
    ],
  ],
  [
    'tags around it, and details after it (Cline)',
    [
      user(
        parts('<task>\nlist the files\n</task>', '<environment_details>\nmode: act\n</environment_details>'),
      ),
    ],
  ],
  ['tags around it with attributes', [user('<user_input mode="act">list the files</user_input>')]],
  [
    'attachments (Copilot)',
    [user('<attachments>bash</attachments>\n<userRequest>list the files</userRequest>')],
  ],
  [
    'a request for a title before it (opencode)',
    [user('Generate a title for this conversation:\n'), user('list the files')],
  ],
  [
    'results after it',
    [user('list the files'), { role: 'assistant', content: null }, { role: 'tool', content: 'a.txt' }],
  ],
  ['an image after it', [user([{ type: 'text', text: 'list the files' }, { type: 'image_url' }])]],
])('what was typed is found with %s', (_, messages) => {
  expect(typedText(messages)).toBe('list the files');
});

test.each([
  ['HTML', 'what is <b>bold</b> and <br> in <div class="x">this</div>?'],
  ['a tag that is never closed', 'what does <system-reminder> mean?'],
])("the user's own %s stays", (_, text) => {
  expect(typedText([user(text)])).toBe(text);
});

test('a turn of blocks that the client added is no question', () => {
  expect(typedText([user(parts(REMINDER, ENVIRONMENT))])).toBe('');
  expect(typedText([])).toBe('');
});

test('a large text full of open tags takes no time', () => {
  const text = '<user_note><context>'.repeat(50_000);
  const started = performance.now();
  expect(typedText([user(text)])).toBe(text);
  expect(performance.now() - started).toBeLessThan(1_000);
});
