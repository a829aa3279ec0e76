import type { SwitchNews } from '../../engines/pool/pool-effect.ts';

/** Data of a `switch` event of kind `engine`: one step of a switch in a pool, with full model ids. */
export function engineSwitchEvent(
  pool: string,
  { switchId, cause, state, progress, from, to, reason }: SwitchNews,
): Record<string, unknown> {
  return {
    switch_id: switchId,
    kind: 'engine',
    pool,
    state,
    progress,
    node: null,
    from,
    to,
    actor: cause,
    reason,
  };
}
