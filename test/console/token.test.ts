import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';

const TOKEN = 'fake-admin-token-of-the-console';

describeWithBrowser('the console of a gateway with a token', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole({ presets: true, access: { adminToken: TOKEN, dataPlane: 'closed' } });
  }, 60_000);
  afterAll(() => shown.stop());

  test('asks for it, refuses a wrong one, and keeps the right one nowhere', async () => {
    const page = await shown.open();
    const field = page.getByLabel('Token', { exact: true });
    await field.fill('wrong');
    expect(await page.getByText('The session has ended').count()).toBe(0);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This is not the admin token of this gateway.').waitFor();
    await field.fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('tr[data-subject="evaluate"]').waitFor();

    const kept = await page.evaluate<string>(
      'JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }, location.href, document.cookie])',
    );
    expect(kept).not.toContain(TOKEN);
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }]);
    expect(JSON.stringify(cookies)).not.toContain(TOKEN);
    await page.reload();
    await page.locator('tr[data-subject="evaluate"]').waitFor();
    await page.close();
  });

  test('asks again when the session has expired, on whichever page, and continues there', async () => {
    const page = await shown.open('#/settings/profiles');
    const field = page.getByLabel('Token', { exact: true });
    const signIn = async (): Promise<void> => {
      await field.fill(TOKEN);
      await page.keyboard.press('Enter');
    };
    await signIn();
    const activate = page.getByRole('button', { name: 'Activate' }).first();
    await activate.waitFor();
    await page.context().clearCookies();
    await page.evaluate("location.hash = '#/settings/audit'");
    await field.waitFor();
    await page.getByText('The session has ended').waitFor();
    expect(await page.title()).toBe('Sign in · Laneway');
    await signIn();
    await page.getByText('No changes yet.').waitFor();
    await page.close();
  });
});
