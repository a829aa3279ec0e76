import type { Browser } from 'playwright-core';
import { setTimeout as delay } from 'node:timers/promises';

/** Logs the time of day whenever the model of `evaluate` changes. */
const WATCH = `{
  const cell = document.querySelector('tr[data-subject="evaluate"] .chosen');
  let shown = cell.textContent.trim();
  new MutationObserver(() => {
    const text = cell.textContent.trim();
    if (text === shown) return;
    shown = text;
    console.debug('shown', performance.timeOrigin + performance.now());
  }).observe(cell, { childList: true, characterData: true, subtree: true });
}`;

const ROUNDS = 11;

/** Milliseconds from a switch by the API until both of two open tabs show it, one for each round. */
export async function switchDelays(browser: Browser, url: string): Promise<number[]> {
  const context = await browser.newContext();
  try {
    const pages = await Promise.all([context.newPage(), context.newPage()]);
    for (const page of pages) {
      await page.goto(url);
      await page.locator('tr[data-subject="evaluate"]').waitFor();
      await page.evaluate(WATCH);
    }
    const delays: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const shown = pages.map((page) =>
        page.waitForEvent('console', (message) => message.text().startsWith('shown ')),
      );
      const begin = performance.timeOrigin + performance.now();
      const target = { provider: 'demo', model_id: round % 2 === 0 ? 'careful' : 'quick' };
      await change(`${url}/api/debug/models/evaluate`, target);
      const times = (await Promise.all(shown)).map((message) => Number(message.text().split(' ')[1]));
      delays.push(Math.max(...times) - begin);
      await delay(300);
    }
    return delays;
  } finally {
    await fetch(`${url}/api/debug/models/evaluate`, { method: 'DELETE' });
    await context.close();
  }
}

async function change(address: string, target: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(address, { method: 'PUT', headers, body: JSON.stringify(target) });
  if (!reply.ok) throw new Error(`the switch was refused: ${await reply.text()}`);
}
