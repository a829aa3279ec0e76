import type { SwitchPhase } from './switch-state.ts';

/** Where each phase begins, of the whole. */
const STARTS: Readonly<Record<SwitchPhase, number>> = {
  draining: 0,
  unloading: 0.1,
  settling: 0.2,
  loading: 0.25,
  probing: 0.95,
};

/**
 * The progress of a switch, 0 to 1, which never falls: `fraction` (0 to 1) is that of the phase. What is unloaded again
 * or brought back after a failure adds nothing.
 */
export function progressAt(before: number, phase: SwitchPhase, fraction: number): number {
  const start = STARTS[phase];
  const end = phase === 'loading' ? STARTS.probing : start;
  const share = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
  return Math.max(before, start + (end - start) * share);
}
