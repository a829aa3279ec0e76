import type { Colors } from './colors.ts';

const GOOD = ['available', 'loaded', 'ok'];
const WAITING = ['loading', 'unloaded', 'cooling_down', 'unknown'];

/** Colours the status of a model: usable, not at the moment, or not at all. */
export function statusColor(status: string, colors: Colors): (text: string) => string {
  if (GOOD.includes(status)) return colors.good;
  return WAITING.includes(status) ? colors.warning : colors.bad;
}
