import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core calls serious or critical on a page. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // The page's policy forbids added scripts, not those of the browser's tools.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const found = await page.evaluate<{ violations: Violation[] }>('axe.run()');
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}
