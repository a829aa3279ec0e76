import type { Labels, Override } from '../protocol/assignment.ts';
import { auditSubject, type AuditLog } from './tables/audit-log.ts';
import type { NodeOverrides } from './tables/node-overrides.ts';

/** Who drops overrides, when, and how the audit records it. */
export interface Drop {
  readonly action: 'reset' | 'expire';
  readonly actor: string;
  readonly at: string;
  readonly labels: Labels;
}

/** Drops overrides, each with its audit row. */
export class OverrideDrops {
  readonly #overrides: NodeOverrides;
  readonly #audit: AuditLog;

  constructor(overrides: NodeOverrides, audit: AuditLog) {
    this.#overrides = overrides;
    this.#audit = audit;
  }

  /** Call it in the transaction of the change. */
  drop(overrides: readonly Override[], { action, actor, at, labels }: Drop): void {
    for (const override of overrides) {
      const { subject, user } = override;
      const label = labels[auditSubject(override)];
      this.#overrides.remove(override);
      this.#audit.append({
        ...{ at, actor, action, subject, user, from: label?.from ?? targetLabel(override) },
        ...{ to: label?.to ?? null, reason: null, before: stepText(override), undoes: null },
      });
    }
  }
}

/** An override as the audit stores it for undo. */
export function stepText(override: Override | undefined): string {
  if (override === undefined) return 'null';
  const { model, lane, settings, reason, actor, at, expiresAt } = override;
  return JSON.stringify({ model, lane, settings, reason, actor, at, expiresAt });
}

function targetLabel({ model, lane }: Override): string | null {
  return lane === null ? model : `lane:${lane}`;
}
