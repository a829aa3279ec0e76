import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithBrowser } from '../../support/console.ts';
import { json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { chunks, laneOver } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { seriousFaults } from '../accessibility.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

const TOKEN = 'fake-admin-token-of-the-playground';

const promptOf = (page: Page): Locator => page.getByRole('textbox', { name: 'Prompt', exact: true });

async function send(page: Page, text: string): Promise<void> {
  await promptOf(page).fill(text);
  await promptOf(page).press('Enter');
}

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

describeWithBrowser('the playground when something fails', () => {
  let upstream: FakeUpstream;
  let shown: OpenConsole;
  beforeAll(async () => {
    upstream = await startFakeUpstream(chatScript(() => json(500, { error: { message: 'out of order' } })));
    shown = await openConsole({ config: laneOver([upstream.url]) });
  }, 60_000);
  afterAll(async () => {
    await shown.stop();
    await upstream.close();
  });

  test('shows code, message and the targets that were tried, and sends the same again', async () => {
    const page = await shown.open('#/playground');
    await send(page, 'Hello');
    const reply = page.getByRole('region', { name: 'Reply' });
    await reply.getByText('upstream_error').waitFor();
    await reply.getByText('502').waitFor();
    await reply.locator('ol').getByText('a/m').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    upstream.use(chatScript(() => sse([...chunks('Fine', ' now'), '[DONE]'])));
    await reply.getByRole('button', { name: 'Try again' }).click();
    await reply.getByText('Fine now').waitFor();
    expect(await reply.count()).toBe(1);
    await page.close();
  });

  test('keeps the text that came before an error in the middle of the stream', async () => {
    const error = JSON.stringify({ error: { message: 'CUDA error', type: 'server_error' } });
    upstream.use(chatScript(() => sse([...chunks('It began', ' well').slice(0, -1), error], { end: false })));
    const page = await shown.open('#/playground');
    await send(page, 'Hello');
    const reply = page.getByRole('region', { name: 'Reply' });
    await reply
      .getByText(/CUDA error/)
      .first()
      .waitFor();
    await reply.getByText('It began well').waitFor();
    await reply.getByText('is what had arrived').waitFor();
    await page.close();
  });

  test('shows reasoning apart, and sends an attached image as data', async () => {
    const [role, word, finish] = chunks('Seen');
    const thought = word!.replace('"content":"Seen"', '"reasoning_content":"A dot."');
    upstream.use(chatScript(() => sse([role!, thought, word!, finish!, '[DONE]'])));
    const page = await shown.open('#/playground');
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(PIXEL, 'base64') });
    await page.getByRole('button', { name: 'Remove image 1' }).waitFor();
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('text') });
    await page.getByText('notes.txt is no PNG').waitFor();
    await send(page, 'What is it?');
    const reply = page.getByRole('region', { name: 'Reply' });
    await reply.getByText('Seen', { exact: true }).waitFor();
    expect(await reply.getByText('A dot.').isVisible()).toBe(false);
    await reply.getByText('Reasoning').click();
    await reply.getByText('A dot.').waitFor();
    const sent = JSON.stringify(upstream.requests.at(-1)?.json());
    expect(sent).toContain(`data:image/png;base64,${PIXEL}`);
    await page.close();
  });

  test('says that the gateway does not respond, and keeps the prompt for another try', async () => {
    const page = await shown.open('#/playground');
    await page.route('**/v1/chat/completions', (route) => route.abort());
    await send(page, 'Anyone there?');
    const reply = page.getByRole('region', { name: 'Reply' });
    await reply.getByText('The gateway does not respond.').waitFor();
    await page.unroute('**/v1/chat/completions');
    upstream.use(chatScript(() => sse([...chunks('Back'), '[DONE]'])));
    await reply.getByRole('button', { name: 'Try again' }).click();
    await reply.getByText('Back').waitFor();
    await page.close();
  });
});

describeWithBrowser('the playground of a gateway that requires a key', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole({ access: { adminToken: TOKEN, dataPlane: 'closed' } });
  }, 60_000);
  afterAll(() => shown.stop());

  test('asks for it although the session is open, sends the prompt again with it, and keeps it nowhere', async () => {
    const page = await shown.open('#/playground');
    await page.getByLabel('Token', { exact: true }).fill(TOKEN);
    await page.keyboard.press('Enter');
    await send(page, 'Hello');
    const form = page.getByRole('form', { name: 'Key for requests' });
    await form.getByLabel('Key or token').fill('wrong');
    await page.keyboard.press('Enter');
    await form.getByLabel('Key or token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('You asked: "Hello"').waitFor();
    expect(await form.count()).toBe(0);
    const kept = await page.evaluate<string>(
      'JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }, location.href, document.cookie])',
    );
    expect(kept).not.toContain(TOKEN);
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await send(page, 'Again');
    await form.waitFor();
    await page.close();
  });
});
