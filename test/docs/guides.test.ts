import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { differences } from './answers.ts';
import { GuideReader } from './guide-reader.ts';
import { blocksOf, read } from './pages.ts';
import { HAS_CURL } from './typed.ts';

/** The configuration of the user guide, which the runbook uses too. */
const CONFIGURATION = blocksOf(read('docs/user-guide.md')).find(
  ({ role }) => role === 'file config/user_models.json',
)?.text;

/** Only the service manager of a machine can run these. */
const NOT_RUN = /^systemctl /;

const HAS_SQLITE = spawnSync('sqlite3', ['-version']).error === undefined;

describe.skipIf(!HAS_CURL).each(['docs/user-guide.md', 'docs/runbook.md'])(
  '%s, from top to bottom',
  (page) => {
    const blocks = blocksOf(read(page));
    let reader: GuideReader;
    beforeAll(async () => {
      reader = await GuideReader.start(CONFIGURATION ?? '');
    });
    afterAll(() => reader.stop());

    for (const [index, block] of blocks.entries()) {
      const { role, line, text } = block;
      if (role.startsWith('file ')) test(`line ${line}: ${role}`, () => reader.follow(block));
      if (block.language !== 'sh') continue;
      if (role === '') {
        test(`line ${line}: only a service manager can run it`, () => expect(text).toMatch(NOT_RUN));
        continue;
      }
      const isPossible = HAS_SQLITE || !text.includes('sqlite3');
      test.skipIf(!isPossible)(`line ${line}: prints what is shown`, async () => {
        const answer = blocks[index + 1];
        expect(answer?.role).toBe('answer');
        expect(differences(answer ?? block, await reader.follow(block))).toEqual([]);
      });
    }
  },
);
