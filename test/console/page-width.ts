import type { Page } from 'playwright-core';

/** Pixels by which a page is wider than its window. */
export function excessWidth(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}
