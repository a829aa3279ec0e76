import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

interface Configured {
  readonly config: Readonly<Record<string, object>>;
}

describeWithBrowser('the dialog that configures a node', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  const edit = async (node: string): Promise<Page> => {
    const page = await shown.open('#/settings/models');
    await page.locator(`[data-node="${node}"]`).getByRole('button', { name: 'Edit' }).click();
    return page;
  };
  const save = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.close();
  };
  const configOf = async (node: string): Promise<object> => {
    const { config } = (await shown.gateway.get('/api/v1/llm/config')) as Configured;
    return config[node] ?? {};
  };

  test('keeps the lane of a node when only a parameter changes', async () => {
    const page = await edit('plan_queries');
    expect(await page.getByLabel('Model or lane').inputValue()).toBe('lane:coder');
    await page.getByLabel('Temperature').fill('0.4');
    await save(page);
    expect(await configOf('plan_queries')).toMatchObject({ lane: 'coder', temperature: 0.4 });
  });

  test('puts a node on a lane', async () => {
    const page = await edit('evaluate');
    await page.getByLabel('Model or lane').selectOption('lane:main');
    await save(page);
    expect(await configOf('evaluate')).toMatchObject({ lane: 'main' });
    await call(shown.gateway, 'DELETE', '/api/debug/models/evaluate');
  });

  test('keeps the parameters that it does not show', async () => {
    const change = { provider: 'demo', model_id: 'quick', params: { top_p: 0.5 } };
    await call(shown.gateway, 'PUT', '/api/v1/llm/config/evaluate', change);
    const page = await edit('evaluate');
    await page.getByLabel('Max output tokens').fill('300');
    await save(page);
    expect(await configOf('evaluate')).toMatchObject({ max_tokens: 300, params: { top_p: 0.5 } });
    await call(shown.gateway, 'DELETE', '/api/debug/models/evaluate');
  });
});
