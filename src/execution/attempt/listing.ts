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
 * Waits for the server's model list if the target depends on it: a server that answers to any model name is called only
 * for a model in its list, and the list names a lane's environment target.
 */
export async function listedTarget(
  target: ModelEntry,
  provider: Provider,
  withinMs: number,
  ports: ExecutionPorts,
): Promise<ListedTarget> {
  const { answersAnyName, id } = target.provider;
  if (!answersAnyName && target.environmentTargetOf === null) return { target, provider, failure: null };
  const failure = ports.listings.isFresh(id) ? null : await ports.listings.refresh(id, withinMs);
  // A reload may have put another server under this id, and the newest list is that server's.
  const newest = ports.provider(id, ports.snapshot(null));
  if (newest?.identity !== provider.identity) {
    const unlisted = target.inList === true ? target : { ...target, inList: false };
    return { target: unlisted, provider, failure: null };
  }
  return { target: ports.listings.current(target), provider: newest, failure };
}
