import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  ENGINE_SETUPS,
  startEngineGateway,
  SMOL,
  TINY,
  type EngineGateway,
} from '../support/engines/engine-gateway.ts';
import { describeWithEngine } from '../support/engines/engines.ts';

const SWITCHES = Number(process.env['LANEWAY_TEST_SWITCHES'] ?? 10);
const STREAMS = 20;
/** A model that requests wait for is loaded within `max_wait_s` (120 s); with these small ones it takes seconds. */
const WAIT_BOUND_MS = 30_000;

/** How one streamed request ended. */
interface End {
  readonly status: number;
  readonly ends: number;
  readonly isWhole: boolean;
  readonly firstMs: number;
  readonly text: string;
}

async function oneStream(laneway: EngineGateway): Promise<End> {
  const began = performance.now();
  const reply = await laneway.chat({ model: 'lane:main', stream: true, max_tokens: 12, temperature: 0 });
  let text = '';
  let firstMs = Number.NaN;
  for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (Number.isNaN(firstMs) && text.includes('"content":"')) firstMs = performance.now() - began;
  }
  const ends = text.match(/"finish_reason":"|"error":|event: error/g)?.length ?? 0;
  return {
    status: reply.status,
    ends,
    isWhole: text.includes('"finish_reason":"') && text.includes('[DONE]'),
    firstMs,
    text,
  };
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

describeWithEngine.each(ENGINE_SETUPS)('switches of the model bar under load, with %s', (setup) => {
  let laneway: EngineGateway;

  beforeAll(async () => {
    laneway = await startEngineGateway(setup);
  }, 60_000);
  afterAll(() => laneway.stop());

  test(
    `${SWITCHES} switches under ${STREAMS} streams break none of them and leak nothing`,
    { timeout: 90_000 + SWITCHES * 15_000 },
    async () => {
      const { pid } = laneway.gateway;
      await laneway.switchTo(SMOL);
      await laneway.switchTo(TINY);
      const processes = (await laneway.engines()).length;
      const before = { descriptors: descriptors(pid), mib: residentMib(pid) };
      const ends: End[] = [];
      let isOver = false;
      const clients = Array.from({ length: STREAMS }, async () => {
        while (!isOver) ends.push(await oneStream(laneway));
      });
      const loads: number[] = [];
      let refused = 0;
      for (let done = 0; done < SWITCHES;) {
        const target = done % 2 === 0 ? SMOL : TINY;
        const reply = await laneway.switchTo(target);
        const body = (await reply.json()) as { load_ms?: number; error?: { code: string } };
        if (reply.status === 409 && body.error?.code === 'switch_in_progress') {
          refused += 1;
          await new Promise((resolve) => setTimeout(resolve, 200));
          continue;
        }
        expect({ status: reply.status, error: body.error }).toEqual({ status: 200, error: undefined });
        if (typeof body.load_ms === 'number') loads.push(body.load_ms);
        done += 1;
      }
      isOver = true;
      await Promise.all(clients);
      const broken = ends.filter(
        ({ status, ends: count, isWhole }) => status !== 200 || count !== 1 || !isWhole,
      );
      expect(broken.map(({ status, text: reply }) => `${status} ${reply.slice(-300)}`)).toEqual([]);
      const waits = ends.map(({ firstMs }) => firstMs).sort((a, b) => a - b);
      const p95 = waits[Math.floor(waits.length * 0.95)] ?? 0;
      const soon = { timeout: 30_000 };
      await expect.poll(async () => (await laneway.engines()).length, soon).toBeLessThanOrEqual(processes);
      await expect.poll(() => descriptors(pid), soon).toBeLessThanOrEqual(before.descriptors + 3 * STREAMS);
      const after = { descriptors: descriptors(pid), mib: residentMib(pid) };
      if (process.env['LANEWAY_TEST_SWITCHES'] !== undefined) {
        process.stdout.write(
          `${setup}: ${SWITCHES} switches, ${loads.length} loads, ${refused} answered 409; ${ends.length} streams, ` +
            `first token p50 ${Math.round(waits[Math.floor(waits.length / 2)] ?? 0)} ms, p95 ${Math.round(p95)} ms, longest ` +
            `${Math.round(waits.at(-1) ?? 0)} ms; descriptors ${before.descriptors} → ${after.descriptors}, ` +
            `${Math.round(before.mib)} → ${Math.round(after.mib)} MiB\n`,
        );
      }
      expect(p95).toBeLessThan(WAIT_BOUND_MS);
      expect(loads.length).toBeGreaterThan(0);
      // A leak of as little as a body for each request would be more.
      expect(after.mib - before.mib).toBeLessThan(150);
    },
  );
});
