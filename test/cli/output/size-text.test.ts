import { expect, test } from 'vitest';

import { memoryText } from '../../../src/cli/output/size-text.ts';
import { bytesText } from '../../../src/console/engines/bytes.ts';
import { gigabytes } from '../../../src/engines/pool/texts.ts';

// The command line, the console and the pools' own messages show the memory of a model in the same words.

test.each([
  [1_440_000, '1.4 MB'],
  [9_960_000, '10 MB'],
  [14_200_000, '14 MB'],
  [812_000_000, '812 MB'],
  [38_460_000_000, '38.5 GB'],
])('%s bytes read %s everywhere', (bytes, words) => {
  expect([memoryText, bytesText, gigabytes].map((text) => text(bytes))).toEqual([words, words, words]);
});
