// A simulated day on a machine with 128 GB of unified memory and five lanes, with three ways of deciding which model is
// loaded: Laneway's pool, first come first served, and llama-swap's scheduler. Laneway's runs as in a gateway, with fake
// engines, a simulated clock, and its own sensors reading files that show the simulated machine. Nothing is measured in
// real time: the same seed gives the same figures on every machine.
//
//   node scripts/node.mjs bench/pool-sim.ts [--days 5] [--seed 1] [--max-wait-s 120]
import { parseArgs } from 'node:util';
import { BURST_AND_HEAT, lanewayOn } from './pool-sim/laneway-policy.ts';
import { type DayFigures, runDay } from './pool-sim/machine.ts';
import { firstCome, llamaSwap } from './pool-sim/queue-policies.ts';
import { LANES, trafficOf } from './pool-sim/traffic.ts';

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    'max-wait-s': { type: 'string', default: '120' },
  },
});
const maxWaitMs = Number(values['max-wait-s']) * 1000;
const policies = {
  laneway: lanewayOn({ maxWaitMs }),
  'burst, heat': lanewayOn({ maxWaitMs, ...BURST_AND_HEAT }),
  'without cloud': lanewayOn({ maxWaitMs, withoutCloud: true }),
  'first come': firstCome,
  'llama-swap': llamaSwap,
};
const header = [
  'day',
  'policy',
  'requests',
  'swaps',
  'loads',
  'overcommit GB',
  'starved',
  'failed',
  'p50 wait s',
  'p95 wait s',
  'longest s',
  'cloud',
  'cloud USD',
];
const widths = header.map((name) => Math.max(name.length, 10));
const line = (cells: readonly (string | number)[]): string =>
  cells
    .map((cell, index) =>
      index === 1 ? String(cell).padEnd(widths[1] ?? 0) : String(cell).padStart(widths[index] ?? 0),
    )
    .join('  ');

console.log(line(header));
for (let day = 0; day < Number(values.days); day += 1) {
  const sessions = trafficOf(LANES, 24, Number(values.seed) + day);
  for (const [name, make] of Object.entries(policies))
    console.log(row(day + 1, name, await runDay(sessions, LANES, make)));
}

function row(day: number, name: string, figures: DayFigures): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  return line([
    day,
    name,
    figures.requests,
    figures.swaps,
    figures.loads,
    (figures.overcommitBytes / 1e9).toFixed(1),
    figures.starved,
    figures.failed,
    seconds(figures.p50WaitMs),
    seconds(figures.p95WaitMs),
    seconds(figures.longestWaitMs),
    figures.cloudRequests,
    figures.cloudUsd.toFixed(2),
  ]);
}
