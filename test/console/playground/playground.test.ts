import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithBrowser } from '../../support/console.ts';
import { seriousFaults } from '../accessibility.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

const promptOf = (page: Page): Locator => page.getByRole('textbox', { name: 'Prompt', exact: true });

/** Chooses a node, lane or model as the picker names it. */
async function choose(page: Page, name: string, column = 0): Promise<void> {
  const picker = page.getByRole('combobox').nth(column);
  await picker.fill(name);
  await picker.press('Enter');
}

async function send(page: Page, text: string): Promise<void> {
  await promptOf(page).fill(text);
  await promptOf(page).press('Enter');
}

const replies = (page: Page): Locator => page.getByRole('region', { name: 'Reply', exact: true });

describeWithBrowser('the playground', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  const traceOf = async (id: string): Promise<{ state: string; target: string | null }> =>
    (await shown.gateway.get(`/api/debug/requests/${id}`)) as { state: string; target: string | null };

  test('sends by the keyboard to a node, goes on in turns, and shows what the gateway says of each reply', async () => {
    const page = await shown.open('#/playground');
    await choose(page, 'evaluate');
    await page.getByText('node, answered by demo/quick now').waitFor();
    await promptOf(page).focus();
    await page.keyboard.type('<b>One</b>');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Control+Enter');
    await replies(page).first().getByText('duration').waitFor();
    const facts = await replies(page).first().locator('dl').innerText();
    expect(facts.replaceAll(/\s+/g, ' ')).toMatch(
      /answered by demo\/quick node evaluate attempts 1 generation \d+ tokens in 2 out \d+ .*duration \d/,
    );
    expect(await page.locator('b').count()).toBe(0);
    await send(page, 'And three?');
    const stored =
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.cookie])';
    expect(await page.evaluate<string>(stored)).not.toContain('One');
    const link = replies(page).nth(1).locator('a');
    expect(await traceOf((await link.innerText()).trim())).toMatchObject({ target: 'demo/quick' });
    await page.close();
  });

  test('stops by Escape, keeps the text so far, and the gateway records that the client has left', async () => {
    const page = await shown.open('#/playground');
    await choose(page, 'demo/careful');
    await send(page, 'Take your time');
    await replies(page).getByText('This is careful').waitFor();
    await page.keyboard.press('Escape');
    await replies(page).getByText('Stopped.').waitFor();
    await replies(page).getByText('This is careful').waitFor();
    const id = (await replies(page).locator('a').innerText()).trim();
    await expect.poll(async () => (await traceOf(id)).state).toBe('client_closed');
    await page.close();
  });

  test('shows the calls of tools with their arguments, and goes on with the typed result', async () => {
    const page = await shown.open('#/playground');
    await page.getByLabel('Tools', { exact: true }).fill('[{"type":"function"}]');
    await page.getByText('Tool 1: expected').waitFor();
    await page.getByLabel('Tools', { exact: true }).fill('');
    await page.getByRole('button', { name: 'Insert an example for Tools' }).click();
    await send(page, 'What is the weather?');
    await replies(page).locator('pre').getByText('"place"').waitFor();
    const result = page.getByLabel('Result of get_weather');
    // The cursor is there.
    await expect
      .poll(() => result.evaluate((field) => field === field.ownerDocument.activeElement))
      .toBe(true);
    await page.keyboard.type('21 degrees');
    await page.keyboard.press('Enter');
    await replies(page).nth(1).getByText('The tool get_weather answered: "21 degrees"').waitFor();
    await page.close();
  });

  test.each([1440, 375])('asks two models at the same time at %i px', async (width) => {
    const page = await shown.open('#/playground', { width, dark: width === 375 });
    await page.getByRole('button', { name: 'Compare two' }).click();
    await choose(page, 'demo/careful');
    await choose(page, 'lane:coder', 1);
    await send(page, 'Both of you');
    const [a, b] = ['A', 'B'].map((name) => page.getByRole('region', { name: `Conversation ${name}` }));
    await Promise.all([a!, b!].map((column) => column.getByText('This is careful').waitFor()));
    expect(
      await page.getByRole('region', { name: 'Reply' }).evaluateAll((all) => all.map((one) => one.ariaBusy)),
    ).toEqual(['true', 'true']);
    await Promise.all([a!, b!].map((column) => column.getByText('You asked: "Both of you"').waitFor()));
    await b!.locator('dl').getByText('coder', { exact: true }).waitFor();
    const [left, right] = await Promise.all([a!.boundingBox(), b!.boundingBox()]);
    if (width === 375) expect(right!.y).toBeGreaterThan(left!.y + left!.height - 1);
    else expect(right!.x).toBeGreaterThan(left!.x + left!.width - 1);
    expect(await seriousFaults(page)).toEqual([]);
    await page.close();
  });

  test('brings a conversation back that was cleared, until the next request is sent', async () => {
    const page = await shown.open('#/playground');
    await choose(page, 'evaluate');
    await send(page, 'Keep this');
    await replies(page).getByText('You asked: "Keep this"').waitFor();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await replies(page).waitFor({ state: 'detached' });
    expect(await page.getByRole('combobox').inputValue()).toBe('evaluate');
    await page.getByRole('button', { name: 'Undo clear' }).click();
    await replies(page).getByText('You asked: "Keep this"').waitFor();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await send(page, 'Something else');
    await replies(page).getByText('You asked: "Something else"').waitFor();
    expect(await replies(page).count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Undo clear' }).count()).toBe(0);
    await page.close();
  });

  test('hides the second conversation and shows it again with its replies', async () => {
    const page = await shown.open('#/playground');
    await page.getByRole('button', { name: 'Compare two' }).click();
    await choose(page, 'evaluate', 1);
    await send(page, 'Both');
    await expect.poll(() => replies(page).getByText('You asked: "Both"').count()).toBe(2);
    await page.getByRole('button', { name: 'Compare two' }).click();
    expect(await replies(page).count()).toBe(1);
    await page.getByRole('button', { name: 'Compare two' }).click();
    await replies(page).nth(1).getByText('You asked: "Both"').waitFor();
    await page.close();
  });

  test('replays a request of this tab with its prompt, and of another client with its target alone', async () => {
    const page = await shown.open('#/playground');
    await choose(page, 'evaluate');
    await page.getByLabel('Temperature').fill('0.3');
    await send(page, 'remember me');
    await replies(page).locator('a').click();
    await page.getByRole('link', { name: 'Replay in playground' }).click();
    await page.getByText('It was sent from this tab').waitFor();
    expect(await promptOf(page).inputValue()).toBe('remember me');
    expect(await page.getByLabel('Temperature').inputValue()).toBe('0.3');
    expect(await replies(page).count()).toBe(0);

    const other = await shown.gateway.chat({ model: 'lane:coder' });
    await other.text();
    await promptOf(page).fill('');
    await page.goto(`${shown.gateway.url}/#/requests/${other.headers.get('x-request-id')}`);
    await page.getByRole('link', { name: 'Replay in playground' }).click();
    await page.getByText('The gateway never keeps prompts').waitFor();
    expect(await page.getByRole('combobox').inputValue()).toBe('lane:coder');
    expect(await page.getByLabel('Stream the reply').isChecked()).toBe(false);
    expect(await promptOf(page).inputValue()).toBe('');
    await page.close();
  });

  test('shows the present request as code for each client', async () => {
    const page = await shown.open('#/playground');
    await promptOf(page).fill("it's $HOME");
    await page.getByRole('button', { name: 'Copy as code' }).click();
    const code = page.getByLabel('Code', { exact: true });
    expect(await code.inputValue()).toContain(
      `curl -sS --no-buffer '${shown.gateway.url}/v1/chat/completions'`,
    );
    await page.getByLabel('Client').selectOption('anthropic-javascript');
    await expect.poll(() => code.inputValue()).toContain(`baseURL: "${shown.gateway.url}"`);
    await page.close();
  });

  test('logs no error and asks for nothing outside the gateway', () => {
    expect([shown.errors, shown.foreign]).toEqual([[], []]);
  });
});
