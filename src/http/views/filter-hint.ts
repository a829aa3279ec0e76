import { findModel } from '../../routing/name.ts';
import { laneNameAdvice, modelNameAdvice, nodeNameAdvice } from '../../routing/name-advice.ts';
import type { Snapshot } from '../../routing/snapshot.ts';

/** The names by which a list of requests is filtered. */
export interface NameFilters {
  readonly node?: string | undefined;
  readonly lane?: string | undefined;
  /** A full model id. */
  readonly target?: string | undefined;
}

/**
 * Why a filter may match no request: its name is not in the configuration. Such a name is no error, since requests of a
 * removed node or model are kept. null: all names are known.
 */
export function filterHint({ node, lane, target }: NameFilters, snapshot: Snapshot): string | null {
  if (node !== undefined && !snapshot.nodes.has(node)) {
    return `no node is named "${node}"${nodeNameAdvice(node, snapshot, 'model')}`;
  }
  if (lane !== undefined && !snapshot.lanes.has(lane)) {
    return `no lane is named "${lane}"${laneNameAdvice(lane, snapshot, 'model')}`;
  }
  if (target !== undefined && findModel(target, snapshot) === null) {
    return `no model has the id "${target}"${modelNameAdvice(target, snapshot.models.keys(), snapshot)}`;
  }
  return null;
}
