import type { Failure } from '../../protocol/failure.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ModelEntry } from '../../routing/snapshot.ts';
import type { ExecutionPorts } from '../ports.ts';

/** A target as the newest list of its server describes it. */
export interface ListedTarget {
  readonly target: ModelEntry;
  /** With the type that the list has detected. */
  readonly provider: Provider;
  /** Failure of the probe that would have read the list; null: read. */
  readonly failure: Failure | null;
}

/**
 * The target as it is, or a promise that waits for the server's model list if the target depends on it: a server that
 * answers to any model name is called only for a model in its list, and the list names a lane's environment target.
 */
export function listedTarget(
  target: ModelEntry,
  provider: Provider,
  withinMs: number,
  ports: ExecutionPorts,
): ListedTarget | Promise<ListedTarget> {
  const dependsOnList = target.provider.answersAnyName || target.environmentTargetOf !== null;
  return dependsOnList
    ? newestTarget(target, provider, withinMs, ports)
    : { target, provider, failure: null };
}

async function newestTarget(
  target: ModelEntry,
  provider: Provider,
  withinMs: number,
  ports: ExecutionPorts,
): Promise<ListedTarget> {
  const { id } = target.provider;
  const failure = ports.listings.isFresh(id) ? null : await ports.listings.refresh(id, withinMs);
  // A reload may have put another server under this id, and the newest list is that server's.
  const newest = ports.provider(id, ports.snapshot(null));
  if (newest?.identity !== provider.identity) {
    const unlisted = target.inList === true ? target : { ...target, inList: false };
    return { target: unlisted, provider, failure: null };
  }
  return { target: ports.listings.current(target), provider: newest, failure };
}
