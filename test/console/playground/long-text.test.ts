import { afterAll, beforeAll, expect, test } from 'vitest';

import { headOf } from '../../../src/console/playground/long-text.ts';
import { measureBlocks } from '../../../src/console/playground/reply/head-of-blocks.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { chunks, laneOver } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

test('short messages are shown whole, long ones cut by lines or characters, never within a character', () => {
  expect(headOf('short')).toBeNull();
  expect(headOf('line\n'.repeat(20))).toBeNull();
  expect(headOf('line\n'.repeat(100))).toBe('line\n'.repeat(16).trimEnd());
  expect(headOf('x'.repeat(1_000_000))).toHaveLength(1500);
  expect(headOf(`x${'😀'.repeat(2000)}`)).toBe(`x${'😀'.repeat(749)}`);
});

test('of a reply the first 100 kB are shown, counted in UTF-8, never within a character', () => {
  expect(measureBlocks(['x'.repeat(60_000), 'y'.repeat(40_000)])).toEqual({ head: null, bytes: 100_000 });
  const { head, bytes } = measureBlocks(['x'.repeat(60_001), '😀'.repeat(20_000), 'z'.repeat(5)]);
  expect(bytes).toBe(140_006);
  expect(head?.map((block) => block.length)).toEqual([60_001, 2 * 9_999]);
  expect(head?.[1]?.isWellFormed()).toBe(true);
});

describeWithBrowser('a long reply in the playground', () => {
  let upstream: FakeUpstream;
  let shown: OpenConsole;
  beforeAll(async () => {
    const reply = sse([...chunks(...Array<string>(1000).fill(`${'word '.repeat(200)}\n`)), '[DONE]']);
    upstream = await startFakeUpstream(chatScript(() => reply));
    shown = await openConsole({ config: laneOver([upstream.url]) });
  }, 60_000);
  afterAll(async () => {
    await shown.stop();
    await upstream.close();
  });

  test('is cut until all of it is wanted', async () => {
    const page = await shown.open('#/playground');
    const field = page.getByRole('textbox', { name: 'Prompt', exact: true });
    await field.fill('Write');
    await field.press('Enter');
    const reply = page.getByRole('region', { name: 'Reply', exact: true });
    const length = async (): Promise<number> => (await reply.textContent())?.length ?? 0;
    await reply.getByText('duration').waitFor();
    const button = reply.getByRole('button', { name: 'Show all (1.0 MB)' });
    await button.waitFor();
    expect(await length()).toBeLessThan(101_000);
    await button.click();
    expect(await length()).toBeGreaterThan(1_000_000);
    await reply.getByRole('button', { name: 'Show less' }).click();
    expect(await length()).toBeLessThan(101_000);
    await page.close();
  });
});

describeWithBrowser('a long prompt in the playground', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  test('is cut until all of it is wanted', async () => {
    const page = await shown.open('#/playground');
    const field = page.getByRole('textbox', { name: 'Prompt', exact: true });
    await field.fill('A line of the prompt.\n'.repeat(300));
    await field.press('Enter');
    const prompt = page.getByRole('region', { name: 'Prompt', exact: true });
    const height = async (): Promise<number> => (await prompt.boundingBox())?.height ?? 0;
    const button = prompt.getByRole('button');
    await button.getByText('Show all').waitFor();
    expect(await height()).toBeLessThan(800);
    await button.click();
    expect(await height()).toBeGreaterThan(3_000);
    await button.click();
    expect(await height()).toBeLessThan(800);
    await page.close();
  });
});
