import { readdirSync, readFileSync } from 'node:fs';

/** How many switches the tests make. More than the few of every run: on demand, by `LANEWAY_TEST_SWITCHES`. */
export const SWITCHES = Number(process.env['LANEWAY_TEST_SWITCHES'] ?? 10);

/** No further switch begins after so many ms: `LANEWAY_TEST_SWITCH_MINUTES`. */
export const WITHIN_MS = Number(process.env['LANEWAY_TEST_SWITCH_MINUTES'] ?? 60) * 60_000;

/** A gateway with the default lane `main`, as far as a storm of switches uses it. */
export interface StormGateway {
  /** Of the gateway's process. */
  readonly pid: number;
  chat(body: Readonly<Record<string, unknown>>): Promise<Response>;
  /** Switches the model bar to a model. */
  switchTo(model: string): Promise<Response>;
  /** Processes of engines. */
  engines(): Promise<readonly number[]>;
}

/** What to do. */
export interface StormOptions {
  /** Switched to in turn. */
  readonly models: readonly [string, string];
  readonly switches: number;
  readonly streams: number;
  readonly maxTokens: number;
  /** No further switch begins after so many ms; Infinity: all are made. */
  readonly withinMs: number;
}

/** What came of it. */
export interface StormReport {
  /** Switches that were made. */
  readonly switches: number;
  /** Of them, those that had to load a model. */
  readonly loads: number;
  /** Answered 409, since another switch was running. */
  readonly refused: number;
  readonly streams: number;
  /** Status and end of each stream that was not whole. */
  readonly broken: readonly string[];
  /** From request to first content, in ms: median, 95th percentile and longest. */
  readonly firstMs: readonly [number, number, number];
  /** Before and after. */
  readonly processes: readonly [number, number];
  readonly descriptors: readonly [number, number];
  readonly mib: readonly [number, number];
  readonly seconds: number;
}

/** How one streamed request ended. */
interface End {
  readonly status: number;
  readonly ends: number;
  readonly isWhole: boolean;
  readonly firstMs: number;
  readonly text: string;
}

/** Switches between two models while streams of the lane run. Throws if a switch fails. */
export async function switchUnderStreams(gateway: StormGateway, options: StormOptions): Promise<StormReport> {
  const { pid } = gateway;
  for (const model of options.models) await switched(gateway, model);
  const before = [(await gateway.engines()).length, descriptors(pid), residentMib(pid)] as const;
  const ends: End[] = [];
  let isOver = false;
  const clients = Array.from({ length: options.streams }, async () => {
    while (!isOver) ends.push(await oneStream(gateway, options.maxTokens));
  });
  const began = performance.now();
  let [switches, loads, refused] = [0, 0, 0];
  for (; switches < options.switches && performance.now() - began < options.withinMs; switches += 1) {
    const made = await switched(gateway, options.models[switches % 2] ?? '');
    if (made.loadMs !== null) loads += 1;
    refused += made.refused;
  }
  isOver = true;
  await Promise.all(clients);
  const seconds = (performance.now() - began) / 1000;
  const whole = (end: End): boolean => end.status === 200 && end.ends === 1 && end.isWhole;
  const waits = ends.map(({ firstMs }) => firstMs).sort((one, other) => one - other);
  const at = (share: number): number =>
    Math.round(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0);
  await untilQuiet(gateway, before, options.streams);
  return {
    ...{ switches, loads, refused, streams: ends.length },
    broken: ends.filter((end) => !whole(end)).map(({ status, text }) => `${status} ${text.slice(-300)}`),
    firstMs: [at(0.5), at(0.95), at(1)],
    processes: [before[0], (await gateway.engines()).length],
    descriptors: [before[1], descriptors(pid)],
    mib: [before[2], residentMib(pid)],
    seconds: Math.round(seconds),
  };
}

/** Connections of the last requests, and the server of the last model that was unloaded, end a moment later. */
async function untilQuiet(
  gateway: StormGateway,
  before: readonly [number, number, number],
  streams: number,
): Promise<void> {
  for (let left = 60; left > 0; left -= 1) {
    const isLess = (await gateway.engines()).length <= before[0];
    if (isLess && descriptors(gateway.pid) <= before[1] + 3 * streams) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The report in one line. */
export function stormLine(name: string, report: StormReport): string {
  const { switches, loads, refused, streams, broken, firstMs, processes, descriptors: open, mib } = report;
  const [median, p95, longest] = firstMs;
  return (
    `${name}: ${switches} switches in ${report.seconds} s, ${loads} loads, ${refused} answered 409; ${streams} streams, ` +
    `${broken.length} broken, first token p50 ${median} ms, p95 ${p95} ms, longest ${longest} ms; ` +
    `processes ${processes.join(' → ')}, descriptors ${open.join(' → ')}, ${mib.map(Math.round).join(' → ')} MiB\n`
  );
}

async function switched(
  gateway: StormGateway,
  model: string,
): Promise<{ readonly loadMs: number | null; readonly refused: number }> {
  for (let refused = 0; ; refused += 1) {
    const reply = await gateway.switchTo(model);
    const body = (await reply.json()) as { load_ms?: number | null; error?: { code: string } };
    if (reply.status === 200) return { loadMs: body.load_ms ?? null, refused };
    if (body.error?.code !== 'switch_in_progress')
      throw new Error(`switch to ${model}: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function oneStream(gateway: StormGateway, maxTokens: number): Promise<End> {
  const began = performance.now();
  const body = { model: 'lane:main', stream: true, max_tokens: maxTokens, temperature: 0 };
  const reply = await gateway.chat(body);
  let text = '';
  let firstMs = Number.NaN;
  for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (Number.isNaN(firstMs) && text.includes('"content":"')) firstMs = performance.now() - began;
  }
  const ends = text.match(/"finish_reason":"|"error":|event: error/g)?.length ?? 0;
  const isWhole = text.includes('"finish_reason":"') && text.includes('[DONE]');
  return {
    status: reply.status,
    ends,
    isWhole,
    firstMs: Number.isNaN(firstMs) ? performance.now() - began : firstMs,
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
