// How soon the console shows its table over a slow connection, and whether it stays smooth and flat while requests pass:
//   npm run build && node scripts/node.mjs bench/console.ts [--only load,tabs,live] [--runs 5] [--minutes 10] [--rate 1000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { startBrowser } from '../test/support/chromium.ts';
import { startDemoGateway } from './console/demo-gateway.ts';
import { firstLoad, type FirstLoad, type Throttling } from './console/first-load.ts';
import { watchPage } from './console/live-page.ts';
import { switchDelays } from './console/switch-delay.ts';
import { startTraffic } from './console/traffic.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'load,tabs,live' },
    runs: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '1000' },
    waterfall: { type: 'boolean', default: false },
  },
});
const parts = values.only.split(',');

/** The aims: ms until the table, and until a switch shows, and frames a second. */
const AIM = { tableMs: 2000, switchMs: 500, frames: 50 };
const SLOW = { downKbit: 1600, upKbit: 750, cpu: 4 };
const CONNECTIONS: Readonly<Record<string, Throttling>> = {
  '1.6 Mbit/s, 4 × CPU': { ...SLOW, latencyMs: 0 },
  '1.6 Mbit/s, 150 ms, 4 × CPU': { ...SLOW, latencyMs: 150 },
};
/** The requests page is watched for a part of the time. */
const REQUESTS_SHARE = 0.2;
/** Nodes of the demo that answer at once. */
const NODES = ['evaluate', 'generate_acknowledgment'];

const folder = mkdtempSync(join(tmpdir(), 'laneway-bench-console-'));
const gateway = await startDemoGateway(folder);
const browser = await startBrowser();
try {
  if (parts.includes('load')) await measureLoads();
  if (parts.includes('tabs')) {
    const delays = (await switchDelays(browser, gateway.url)).toSorted((one, other) => one - other);
    const median = delays[Math.floor(delays.length / 2)] ?? NaN;
    const rounded = `${median.toFixed(0)} ms, at most ${(delays.at(-1) ?? NaN).toFixed(0)}`;
    console.log(`a switch shows in both of two tabs after ${rounded} (aim ${AIM.switchMs})`);
  }
  if (parts.includes('live')) {
    const minutes = Number(values.minutes);
    await measurePage('switchboard', minutes);
    await measurePage('requests', minutes * REQUESTS_SHARE);
  }
} finally {
  await browser.close();
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measureLoads(): Promise<void> {
  for (const [name, throttling] of Object.entries(CONNECTIONS)) {
    // The first one starts the browser's own parts.
    await firstLoad(browser, gateway.url, throttling);
    const loads: FirstLoad[] = [];
    for (let run = 0; run < Number(values.runs); run += 1)
      loads.push(await firstLoad(browser, gateway.url, throttling));
    const sorted = loads.toSorted((one, other) => one.tableMs - other.tableMs);
    const median = sorted[Math.floor(sorted.length / 2)];
    if (median === undefined) return;
    const all = sorted.map(({ tableMs }) => Math.round(tableMs)).join(', ');
    const bytes = median.requests.reduce((sum, request) => sum + request.bytes, 0);
    console.log(
      `first load, ${name}: table after ${Math.round(median.tableMs)} ms (${all}; aim ${AIM.tableMs}), ` +
        `first paint ${Math.round(median.paintMs)} ms, ${median.requests.length} requests, ${(bytes / 1000).toFixed(0)} KB`,
    );
    if (values.waterfall) printWaterfall(median);
  }
}

function printWaterfall({ requests }: FirstLoad): void {
  for (const { path, startMs, endMs, bytes } of requests) {
    const span = `${Math.round(startMs)}–${endMs === null ? '' : Math.round(endMs)} ms`;
    console.log(`  ${span.padEnd(14)} ${String(Math.round(bytes)).padStart(7)} B  ${path}`);
  }
}

async function measurePage(page: string, minutes: number): Promise<void> {
  const rate = Number(values.rate);
  const traffic = startTraffic(gateway.url, NODES, rate);
  let before = { at: performance.now(), answered: 0 };
  console.log(
    `${page}, ${rate} requests a second due, ${minutes} minutes, aim ${AIM.frames} frames a second:`,
  );
  try {
    await watchPage(browser, `${gateway.url}/#/${page}`, minutes, (minute) => {
      const now = { at: performance.now(), answered: traffic.counts.answered };
      const perSecond = (1000 * (now.answered - before.answered)) / (now.at - before.at);
      before = now;
      console.log(
        `  ${Math.round(perSecond)} requests a second, ${minute.frames.toFixed(1)} frames a second (slowest second ` +
          `${minute.slowestSecond}, longest frame ${Math.round(minute.longestFrameMs)} ms, ${minute.longTasks} long tasks), ` +
          `heap ${(minute.heapBytes / 1e6).toFixed(2)} MB, ${minute.nodes} nodes, ${minute.changes} changes`,
      );
    });
  } finally {
    await traffic.stop();
  }
  console.log(`  ${traffic.counts.answered} answered, ${traffic.counts.failed} failed`);
}
