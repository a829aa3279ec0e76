import type { Attempt } from './attempt-context.ts';

/**
 * The defaults for an attempt's request: the node's override the requested lane's, which override the model's. Those
 * of a lane that was not requested are not used.
 */
export function paramsFor({ entry, plan, target }: Attempt): Readonly<Record<string, unknown>> {
  const { lane, ownLane } = entry.link;
  return { ...target.params, ...(ownLane ? lane?.params : undefined), ...plan.node?.params };
}
