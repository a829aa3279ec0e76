import { expect, test } from 'vitest';

import { startProcess } from '../support/process.ts';
import { blocksOf, read } from './pages.ts';

test('the demo prints the start table that the README shows', async () => {
  const shown = blocksOf(read('README.md')).find(({ role }) => role === 'start');
  const lines = (text: string): string[] =>
    text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT').split('\n');
  const wanted = lines(shown?.text ?? '').filter((line) => line !== '');
  expect(wanted).not.toEqual([]);
  const demo = await startProcess({ args: ['--demo'] });
  try {
    expect(lines(demo.stdout())).toEqual(expect.arrayContaining(wanted));
  } finally {
    await demo.stop();
  }
});
