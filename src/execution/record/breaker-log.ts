import type { Log } from '../../protocol/log.ts';
import type { Health } from '../../routing/health.ts';
import type { Clock } from '../../util/clock.ts';

/** What the log of breakers depends on. */
export interface BreakerLogPorts {
  readonly health: Pick<Health, 'onChange' | 'target'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/**
 * Logs a warning when the breaker of a target opens, and a line when it is closed again. A trial request that fails keeps
 * it open, so a target that fails for hours costs one line, not one for each trial.
 */
export function logBreakers({ health, clock, log }: BreakerLogPorts): void {
  const open = new Set<string>();
  health.onChange(({ target }) => {
    if (target === null) return;
    const now = clock.now();
    const status = health.target(target, now);
    if (status === null || status.breaker === 'closed') {
      if (open.delete(target))
        log.info({ target }, `${target}: breaker closed, used in its usual place again`);
      return;
    }
    if (open.has(target)) return;
    open.add(target);
    const { failures, lastError, breakerUntil } = status;
    const seconds = Math.ceil(Math.max((breakerUntil ?? now) - now, 0) / 1000);
    log.warn(
      { target, class: lastError?.class ?? null, failures, next_try_s: seconds },
      `${target}: breaker open after ${failures === 1 ? '1 failure' : `${failures} failures in a row`}, the last one: ` +
        `${lastError?.summary ?? 'unknown'}; tried after the other targets for ${seconds} s`,
    );
  });
}
