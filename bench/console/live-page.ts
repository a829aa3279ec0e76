import type { Browser, CDPSession, Page } from 'playwright-core';
import { setTimeout as delay } from 'node:timers/promises';

/** What a page did in one minute (or the last part of one). */
export interface PageMinute {
  /** Frames a second: over the whole time, and in its slowest second. */
  readonly frames: number;
  readonly slowestSecond: number;
  /** The longest time between two frames, in ms. */
  readonly longestFrameMs: number;
  /** Tasks of more than 50 ms, in which a page does not react. */
  readonly longTasks: number;
  /** After a collection of garbage: of JavaScript, in bytes, and elements of the document. */
  readonly heapBytes: number;
  readonly nodes: number;
  /** Rows and figures that have been written since the last minute: proof that the page was at work. */
  readonly changes: number;
}

/** Counts frames by `requestAnimationFrame`, tasks and changes of the document. */
const COUNT = `{
  const state = { seconds: [], frames: 0, longest: 0, tasks: 0, changes: 0, last: performance.now() };
  state.begin = state.last;
  const frame = (now) => {
    state.longest = Math.max(state.longest, now - state.last);
    state.last = now;
    state.frames += 1;
    const second = Math.floor((now - state.begin) / 1000);
    state.seconds[second] = (state.seconds[second] ?? 0) + 1;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => { state.tasks += list.getEntries().length; }).observe({ type: 'longtask' });
  const watch = () => new MutationObserver((records) => { state.changes += records.length; })
    .observe(document.querySelector('main'), { childList: true, characterData: true, subtree: true });
  watch();
  window.takeCounts = () => {
    const now = performance.now();
    // The last second has only begun.
    const whole = Array.from({ length: Math.floor((now - state.begin) / 1000) }, (_, n) => state.seconds[n] ?? 0);
    const taken = {
      frames: (1000 * state.frames) / (now - state.begin),
      slowestSecond: Math.min(...whole),
      longestFrameMs: state.longest,
      longTasks: state.tasks,
      changes: state.changes,
    };
    Object.assign(state, { seconds: [], frames: 0, longest: 0, tasks: 0, changes: 0, begin: now, last: now });
    return taken;
  };
  0
}`;

type Counts = Omit<PageMinute, 'heapBytes' | 'nodes'>;

/** Keeps a page of the console open for `minutes`, and reports each minute. */
export async function watchPage(
  browser: Browser,
  address: string,
  minutes: number,
  onMinute: (minute: PageMinute) => void,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('HeapProfiler.enable');
    await page.goto(address);
    await page.locator('tbody tr').first().waitFor();
    await page.evaluate(COUNT);
    // Its first second compiles and fills the page.
    await delay(5_000);
    await take(page);
    for (let minute = 0; minute < minutes; minute += 1) {
      await delay(Math.min(1, minutes - minute) * 60_000);
      const counts = await take(page);
      onMinute({ ...counts, ...(await memory(session)) });
      // The collection is no work of the page.
      await take(page);
    }
  } finally {
    await context.close();
  }
}

function take(page: Page): Promise<Counts> {
  return page.evaluate<Counts>('takeCounts()');
}

async function memory(session: CDPSession): Promise<Pick<PageMinute, 'heapBytes' | 'nodes'>> {
  // What finalizers free goes with the second.
  for (let round = 0; round < 2; round += 1) await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  return { heapBytes: usedSize, nodes };
}
