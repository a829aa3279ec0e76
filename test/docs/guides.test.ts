import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { differences } from './answers.ts';
import { GuideReader } from './guide-reader.ts';
import { blocksOf, read } from './pages.ts';
import { HAS_CURL } from './typed.ts';

const CONFIGURATION = 'file config/user_models.json';

/** The configuration of the user guide, which the runbook goes on with. */
const configuration = blocksOf(read('docs/user-guide.md')).find(({ role }) => role === CONFIGURATION)?.text;

describe.skipIf(!HAS_CURL).each(['docs/user-guide.md'])('%s, from top to bottom', (page) => {
  const blocks = blocksOf(read(page));
  let reader: GuideReader;
  beforeAll(async () => {
    reader = await GuideReader.start(configuration ?? '');
  });
  afterAll(() => reader.stop());

  test('each command is run here and followed by its output, or is one of those that a test cannot run', () => {
    for (const [index, { language, role, line, text }] of blocks.entries()) {
      if (language !== 'sh') continue;
      if (role === 'guide') expect(blocks[index + 1]?.role, `line ${line}`).toBe('answer');
      else expect(text, `line ${line}`).toMatch(NOT_RUN);
    }
  });

  for (const [index, block] of blocks.entries()) {
    if (block.role !== 'guide' && !block.role.startsWith('file ')) continue;
    const answer = blocks[index + 1];
    const isShown = block.role === 'guide' && answer !== undefined;
    test(`line ${block.line}: ${isShown ? 'prints what is shown' : 'is written'}`, async () => {
      const printed = await reader.follow(block);
      if (isShown) expect(differences(answer, printed)).toEqual([]);
    });
  }

  test('what it shows as JSON can be parsed', () => {
    const shown = blocks.filter(({ language }) => language === 'json');
    for (const { text } of shown) expect(JSON.parse(text)).toBeTypeOf('object');
  });
});

/** Commands that start, stop or install something, or need another machine. */
const NOT_RUN = /^(?:npm|docker|openssl|systemctl|LANEWAY_HOST=)/;
