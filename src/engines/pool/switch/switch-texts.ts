import type { PoolEffect } from '../pool-effect.ts';
import type { SwitchCause, SwitchOutcome, SwitchState } from './switch-state.ts';

const CAUSES: Readonly<Record<SwitchCause, string>> = {
  request: 'for requests',
  operator: 'by an operator',
  burst: 'for a burst',
  return: 'after a burst',
  idle: 'after idle_unload_s without a request',
};

/** The line of the log about a switch that has ended. `loadMs`: of its load; null: it made none. */
export function reportOf(
  last: SwitchState,
  outcome: SwitchOutcome,
  loadMs: number | null,
): Extract<PoolEffect, { message: string }> {
  if (outcome.kind === 'ready') return { type: 'info', message: doneText(last, loadMs) };
  if (outcome.kind === 'failed') return { type: 'warn', message: failedText(last, outcome) };
  const { target, evict } = last;
  const what = target === null ? `${evict.join(', ')} was not unloaded` : `${target} was not loaded`;
  const type = outcome.kind === 'postponed' ? 'warn' : 'info';
  return { type, message: `${what}: ${reasonOf(last, outcome)}` };
}

/** Why a switch did not do what it was for. */
export function reasonOf(last: SwitchState, outcome: Exclude<SwitchOutcome, { kind: 'ready' }>): string {
  switch (outcome.kind) {
    case 'failed':
      return outcome.failure.message;
    case 'cancelled':
      return last.phase === 'draining'
        ? 'no request waits for it any more'
        : 'there is no room for it any more';
    case 'postponed':
      return `requests of ${last.evict.join(', ')} did not end within ${Math.round(last.limits.drainMs / 1000)} s`;
  }
}

/** `x/b was loaded in 3.2 s for requests; x/a was unloaded to make room`. */
function doneText({ cause, target, settings, gone, forced }: SwitchState, loadMs: number | null): string {
  const unloaded = `${gone.join(', ')} ${were(gone)} unloaded${forced ? ' by force' : ''}`;
  if (target === null) return `${unloaded} ${CAUSES[cause]}`;
  const time = loadMs === null ? '' : ` in ${(loadMs / 1000).toFixed(1)} s`;
  const loaded = `${target} ${settings === null ? 'is in memory' : `was loaded${time}`} ${CAUSES[cause]}`;
  return gone.length === 0 ? loaded : `${loaded}; ${unloaded} to make room`;
}

function failedText({ gone }: SwitchState, outcome: Extract<SwitchOutcome, { kind: 'failed' }>): string {
  const { failure, lost } = outcome;
  const back = gone.filter((target) => !lost.includes(target));
  return [
    failure.message,
    ...(back.length === 0 ? [] : [`${back.join(', ')} ${were(back)} loaded again`]),
    ...(lost.length === 0 ? [] : [`${lost.join(', ')} ${were(lost)} unloaded to make room`]),
  ].join('; ');
}

function were(models: readonly string[]): string {
  return models.length === 1 ? 'was' : 'were';
}
