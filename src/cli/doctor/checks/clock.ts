import { fault, ok, type Check } from '../check.ts';
import type { ServerClock } from '../context.ts';

/** Servers round to a second, and a reply takes time. */
const TOLERANCE_MS = 60_000;

/** Is the clock of this machine right, compared with the `Date` of the servers that were called? */
export const clockCheck: Check = {
  name: 'clock',
  run: ({ clocks }) => {
    // A server on this machine has the same clock, unless it is a tunnel.
    const remote = clocks.filter(({ isRemote }) => isRemote);
    const middle = median(remote.length > 0 ? remote : clocks);
    if (middle === null) return [];
    const { server, aheadMs } = middle;
    if (Math.abs(aheadMs) <= TOLERANCE_MS) return remote.length > 0 ? [ok(`agrees with ${server}`)] : [];
    const found = `the clock of this machine is ${spanOf(Math.abs(aheadMs))} ${aheadMs > 0 ? 'behind' : 'ahead of'} ${server}`;
    const fix =
      'set the clock and keep it synchronised (Linux: timedatectl set-ntp true), since certificates and expiry depend on it';
    return [fault('clock_off', found, fix)];
  },
};

/** The server in the middle, so that one with a wrong clock does not count. */
function median(clocks: readonly ServerClock[]): ServerClock | null {
  const sorted = [...clocks].sort((one, other) => one.aheadMs - other.aheadMs);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

function spanOf(ms: number): string {
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
