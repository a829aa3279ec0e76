import type { PoolReply, PoolSwitchReply, ResidentReply, WaitingReply } from '../client/engine-replies.ts';
import { countText } from './count.ts';
import { spanText } from '../../util/span-text.ts';
import { agoText, durationText } from './durations.ts';
import type { Output } from './output.ts';
import { memoryText } from './size-text.ts';
import { statusColor } from './status-color.ts';
import { percentText, phaseText } from './switch-progress.ts';
import { pairLines } from './wrap.ts';

/** The pools, one after another. `now`: ms since 1970. */
export function poolLines(pools: readonly PoolReply[], out: Output, now: number): string[] {
  if (pools.length === 0) return ['no pools: there is no local engine (laneway engines)'];
  return pools.flatMap((pool, index) => [...(index === 0 ? [] : ['']), ...linesOf(pool, out, now)]);
}

function linesOf(pool: PoolReply, out: Output, now: number): string[] {
  const { resident, waiting } = pool;
  return [
    ...pairLines(pairsOf(pool, out, now), out.width),
    '',
    ...(resident.length === 0 ? ['no model is in memory'] : residentTable(resident, out, now)),
    ...(waiting.length === 0 ? [] : ['', ...waitingTable(waiting, out), ...reasonLines(waiting, out)]),
  ];
}

type Pair = readonly [name: string, value: string];

function pairsOf(pool: PoolReply, out: Output, now: number): Pair[] {
  const { title, bad } = out.colors;
  const { name, pressure, error, burst, switch: running, state } = pool;
  return [
    ['pool', `${title(name)}: ${stateText(state, out)}`],
    ['memory', memoryLine(pool)],
    ...(pressure === null ? [] : [['pressure', pressureText(pressure)] as const]),
    ...temperaturePair(pool, out),
    ...(running === null ? [] : [['switch', switchText(running, state, now)] as const]),
    ...(burst === null ? [] : [['burst', burstText(burst)] as const]),
    ...(error === null ? [] : [['failed', bad(error)] as const]),
  ];
}

function stateText(state: string, { colors: { good, warning, bad } }: Output): string {
  if (state === 'ready') return good(state);
  return state === 'failed' ? bad(state) : warning(state);
}

const SOURCES: Readonly<Record<string, string>> = {
  configured: 'as configured',
  amdgpu: 'as the GPU driver reports it',
  meminfo: 'as the system reports it',
};

function memoryLine(pool: PoolReply): string {
  const { budget_bytes: budget, reserve_bytes: reserve, used_bytes: used, free_bytes: free, source } = pool;
  if (budget === null || free === null)
    return `${memoryText(used)} in use; how much there is, is unknown, so one model is loaded at a time`;
  const kept = reserve === null || reserve === 0 ? '' : `, ${memoryText(reserve)} kept free`;
  const rest = free < 0 ? `${memoryText(-free)} too much` : `${memoryText(free)} left for models`;
  const from = source === null ? '' : ` (${SOURCES[source] ?? source})`;
  return `${rest}: of ${memoryText(budget)}${from} ${memoryText(used)} in use${kept}`;
}

function pressureText(percent: number): string {
  return `in ${percent.toFixed(1)} % of the last 10 s some program waited for memory`;
}

function temperaturePair({ temperature_c: degrees, thermal }: PoolReply, { colors }: Output): Pair[] {
  const { warning, bad } = colors;
  const limit =
    thermal === 'hard'
      ? bad(': above its hard limit, no request and no load begins')
      : thermal === 'soft'
        ? warning(': above its soft limit, fewer requests at once')
        : '';
  if (degrees === null && limit === '') return [];
  return [['temperature', `${degrees === null ? 'unknown' : `${Math.round(degrees)} °C`}${limit}`]];
}

function switchText(running: PoolSwitchReply, state: string, now: number): string {
  const { from, to, progress, started_at: at, cause } = running;
  const place = from !== null && to !== null ? ` in place of ${from}` : '';
  const doing = phaseText({ state, from, to });
  return `${doing}${doing.startsWith('loading') ? place : ''}, ${percentText(progress)} after ${spanText(now - Date.parse(at))}, because of ${causeText(cause)}`;
}

const CAUSES: Readonly<Record<string, string>> = {
  request: 'requests that wait',
  operator: 'an operator',
  burst: 'a lane that claims the pool',
  return: 'the end of a burst',
  idle: 'a model without requests',
};

function causeText(cause: string): string {
  return CAUSES[cause] ?? cause;
}

function burstText({ lane, model, displaced }: NonNullable<PoolReply['burst']>): string {
  const after =
    displaced.length === 0
      ? ''
      : `; ${displaced.join(', ')} ${displaced.length === 1 ? 'comes' : 'come'} back afterwards`;
  return `lane ${lane} has claimed the pool for ${model}${after}`;
}

function residentTable(models: readonly ResidentReply[], out: Output, now: number): string[] {
  return out.table(models, [
    { title: 'IN MEMORY', text: ({ model }) => model, cut: 'middle' },
    {
      title: 'STATE',
      text: ({ state }) => state,
      color: (text, { state }) => statusColor(state, out.colors)(text),
    },
    { title: 'MEMORY', text: ({ bytes }) => memoryText(bytes), align: 'right' },
    { title: 'REQUESTS', text: ({ in_flight: requests }) => String(requests), align: 'right' },
    {
      title: 'LOADED',
      text: ({ loaded_at: at }) => (at === null ? '' : agoText(at, now)),
      dropped: 2,
      color: out.colors.faint,
    },
    {
      title: 'LAST USED',
      text: ({ last_used_at: at }) => (at === null ? '' : agoText(at, now)),
      dropped: 1,
      color: out.colors.faint,
    },
    { title: 'PINNED', text: ({ pinned }) => (pinned ? 'pinned' : ''), dropped: 3 },
  ]);
}

/** A request that found its model missing has it loaded even if it went on to another target. */
function waitersText({ requests }: WaitingReply): string {
  return requests === 0 ? 'requests that went elsewhere' : countText(requests, 'request');
}

function waitingTable(models: readonly WaitingReply[], out: Output): string[] {
  return out.table(models, [
    { title: 'WANTED', text: ({ model }) => model, cut: 'middle' },
    { title: 'BY', text: waitersText },
    { title: 'FOR', text: ({ waited_ms: ms }) => durationText(ms), align: 'right' },
    {
      title: 'LAST LOAD TOOK',
      text: ({ load_ms: ms }) => (ms === null ? '' : durationText(ms)),
      align: 'right',
      dropped: 1,
    },
  ]);
}

/** What keeps each from being loaded. */
function reasonLines(models: readonly WaitingReply[], out: Output): string[] {
  const lines = models.flatMap(({ model, reason }) =>
    reason == null ? [] : out.paragraph(`${model} waits: ${reason}`, '  '),
  );
  return lines.length === 0 ? [] : ['', ...lines];
}
