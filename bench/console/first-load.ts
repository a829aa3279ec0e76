import type { Browser, CDPSession, Page } from 'playwright-core';

/** A slow connection and processor, as the browser emulates them. */
export interface Throttling {
  readonly downKbit: number;
  readonly upKbit: number;
  /** Added to each request until its reply begins, in ms. */
  readonly latencyMs: number;
  /** How many times slower the processor is. */
  readonly cpu: number;
}

/** One request of a page. Times in ms since the page was asked for. */
export interface Loaded {
  readonly path: string;
  readonly startMs: number;
  /** null: it had not ended when the table was there. */
  readonly endMs: number | null;
  /** With headers, as sent. */
  readonly bytes: number;
}

/** The first visit of a browser that has nothing of the page yet. */
export interface FirstLoad {
  /** Until the frame with the first row of the table, since the page was asked for. */
  readonly tableMs: number;
  /** Until the browser has painted anything. */
  readonly paintMs: number;
  /** What had been asked for by then. */
  readonly requests: readonly Loaded[];
}

/** Logs when the first row is in the page and its frame has begun: the page's policy forbids to wait by `eval`. */
const WATCH = `{
  const seen = new MutationObserver(() => {
    if (document.querySelector('tr[data-subject]') === null) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => { console.debug('table', performance.now()); }));
  });
  seen.observe(document, { childList: true, subtree: true });
}`;

/** Opens the switchboard with an empty cache. */
export async function firstLoad(browser: Browser, url: string, throttling: Throttling): Promise<FirstLoad> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await throttle(session, throttling);
    const requests = watchRequests(session);
    await page.addInitScript(WATCH);
    const shown = page.waitForEvent('console', (message) => message.text().startsWith('table '));
    await page.goto(url, { waitUntil: 'commit' });
    const tableMs = Number((await shown).text().slice('table '.length));
    const early = requests().filter(({ startMs }) => startMs <= tableMs);
    return { tableMs, paintMs: await firstPaint(page), requests: early };
  } finally {
    await context.close();
  }
}

async function throttle(session: CDPSession, throttling: Throttling): Promise<void> {
  const bytesPerSecond = (kbit: number): number => (kbit * 1000) / 8;
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: throttling.latencyMs,
    downloadThroughput: bytesPerSecond(throttling.downKbit),
    uploadThroughput: bytesPerSecond(throttling.upKbit),
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: throttling.cpu });
}

/** Collects the requests of a page. */
function watchRequests(session: CDPSession): () => Loaded[] {
  const found = new Map<string, { path: string; startMs: number; endMs: number | null; bytes: number }>();
  let first: number | null = null;
  session.on('Network.requestWillBeSent', ({ requestId, timestamp, request }) => {
    first ??= timestamp;
    const { pathname } = new URL(request.url);
    found.set(requestId, { path: pathname, startMs: 1000 * (timestamp - first), endMs: null, bytes: 0 });
  });
  session.on('Network.loadingFinished', ({ requestId, timestamp, encodedDataLength }) => {
    const entry = found.get(requestId);
    if (entry === undefined) return;
    entry.endMs = 1000 * (timestamp - (first ?? timestamp));
    entry.bytes = encodedDataLength;
  });
  return () => [...found.values()];
}

async function firstPaint(page: Page): Promise<number> {
  return page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN");
}
