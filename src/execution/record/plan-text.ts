import type { Plan, PlanEntry, Source } from '../../routing/plan.ts';
import { reasonOf } from '../../routing/reason.ts';

/** Texts kept for reuse. */
const KEPT_MAX = 200;

/** One target of a plan with its verdict, in the shape of `POST /api/debug/resolve`. */
export interface PlanTarget {
  readonly target: string;
  readonly source: Source;
  readonly eligible: boolean;
  readonly deferred: boolean;
  readonly code: string | null;
  readonly reason: string | null;
  readonly score: number | null;
}

/** The targets of a plan with their verdicts; `now` is monotonic ms, null leaves times out of the reasons. */
export function planTargets(plan: Plan, now: number | null): PlanTarget[] {
  return plan.entries.map((entry) => ({
    target: entry.link.target.id,
    source: entry.link.source,
    eligible: entry.eligible,
    deferred: entry.deferral !== null,
    code: entry.full === undefined ? entry.code : 'full',
    reason: entry.full ?? reasonOf(entry, plan.facts, now),
    score: entry.link.score,
  }));
}

/**
 * Serialises plans for the ledger. Requests under one snapshot and one state of health have the same plan, so the last
 * text of each chain is reused while no verdict in it has changed. Reasons are without times: "4 s ago" would make
 * every plan unique.
 */
export class PlanTexts {
  readonly #kept = new Map<unknown, { readonly entries: readonly PlanEntry[]; readonly text: string }>();

  text(plan: Plan): string {
    const key = plan.entries[0]?.link;
    const kept = this.#kept.get(key);
    if (kept !== undefined && sameVerdicts(kept.entries, plan.entries)) return kept.text;
    const text = JSON.stringify(planTargets(plan, null));
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(key, { entries: plan.entries, text });
    return text;
  }
}

function sameVerdicts(kept: readonly PlanEntry[], entries: readonly PlanEntry[]): boolean {
  if (kept.length !== entries.length) return false;
  for (let index = 0; index < kept.length; index += 1) {
    const one = kept[index];
    const other = entries[index];
    if (
      one?.link !== other?.link ||
      one?.code !== other?.code ||
      one?.deferral?.cause !== other?.deferral?.cause
    )
      return false;
    // Its reason contains numbers of this request.
    if (one?.code === 'context_too_small' || one?.full !== other?.full) return false;
  }
  return true;
}
