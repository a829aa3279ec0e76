import { afterAll, beforeAll, expect, test } from 'vitest';

import { headOf } from '../../../src/console/playground/long-text.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

test('short messages are shown whole, long ones cut by lines or characters, never within a character', () => {
  expect(headOf('short')).toBeNull();
  expect(headOf('line\n'.repeat(20))).toBeNull();
  expect(headOf('line\n'.repeat(100))).toBe('line\n'.repeat(16).trimEnd());
  expect(headOf('x'.repeat(1_000_000))).toHaveLength(1500);
  expect(headOf(`x${'😀'.repeat(2000)}`)).toBe(`x${'😀'.repeat(749)}`);
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
