import type { ModelRecord } from './model-record.ts';
import type { PoolEffect } from './pool-effect.ts';

/** The line of the log about a model that was in memory, and is not any more although nothing of Laneway has unloaded it. */
export function lossOf({ model: { target }, error }: ModelRecord): PoolEffect {
  if (error !== null) return { type: 'warn', message: `${target} is no longer in memory: ${error}` };
  return {
    type: 'info',
    message: `${target} is no longer in memory: its engine has unloaded it, or has ended`,
  };
}
