import type { Database } from '../files/database.ts';
import type { Override, OverrideKey, OverrideSettings } from '../../protocol/assignment.ts';

const COLUMNS = 'user, subject, model, lane, settings, reason, actor, at, expires_at AS expiresAt';

/** Global ones first: NULL sorts before every name. */
const SELECT_ALL = `SELECT ${COLUMNS} FROM node_overrides ORDER BY user, subject`;

const SELECT_GLOBAL = `SELECT ${COLUMNS} FROM node_overrides WHERE user IS NULL ORDER BY subject`;

const SELECT_EXPIRED = `SELECT ${COLUMNS} FROM node_overrides WHERE expires_at <= ? ORDER BY user, subject`;

const SELECT_ONE = `SELECT ${COLUMNS} FROM node_overrides WHERE subject = ? AND user IS ?`;

const UPSERT = `INSERT INTO node_overrides (user, subject, model, lane, settings, reason, actor, at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (subject, coalesce(user, '')) DO UPDATE SET
    model = excluded.model, lane = excluded.lane, settings = excluded.settings, reason = excluded.reason,
    actor = excluded.actor, at = excluded.at, expires_at = excluded.expires_at`;

const DELETE_ONE = `DELETE FROM node_overrides WHERE subject = ? AND user IS ?`;

/** An override with its settings as JSON. */
type StoredOverride = Omit<Override, 'settings'> & { readonly settings: string | null };

/** Overrides of nodes and lanes, global or for one user. */
export class NodeOverrides {
  readonly #selectAll;
  readonly #selectGlobal;
  readonly #selectExpired;
  readonly #selectOne;
  readonly #upsert;
  readonly #deleteOne;

  constructor(database: Database) {
    this.#selectAll = database.prepare<[], StoredOverride>(SELECT_ALL);
    this.#selectGlobal = database.prepare<[], StoredOverride>(SELECT_GLOBAL);
    this.#selectExpired = database.prepare<[string], StoredOverride>(SELECT_EXPIRED);
    this.#selectOne = database.prepare<[string, string | null], StoredOverride>(SELECT_ONE);
    this.#upsert = database.prepare(UPSERT);
    this.#deleteOne = database.prepare<[string, string | null]>(DELETE_ONE);
  }

  /** Global ones first, then by user, then by subject. */
  all(): Override[] {
    return this.#selectAll.all().map(readOverride);
  }

  /** The global ones, by subject. */
  global(): Override[] {
    return this.#selectGlobal.all().map(readOverride);
  }

  /** Those that have expired at `at` (ISO 8601), global ones first. */
  expired(at: string): Override[] {
    return this.#selectExpired.all(at).map(readOverride);
  }

  find({ subject, user }: OverrideKey): Override | undefined {
    const stored = this.#selectOne.get(subject, user);
    return stored === undefined ? undefined : readOverride(stored);
  }

  put(override: Override): void {
    const { user, subject, model, lane, reason, actor, at, expiresAt } = override;
    const settings = override.settings === null ? null : JSON.stringify(override.settings);
    this.#upsert.run(user, subject, model, lane, settings, reason, actor, at, expiresAt);
  }

  remove({ subject, user }: OverrideKey): void {
    this.#deleteOne.run(subject, user);
  }
}

function readOverride({ settings, ...rest }: StoredOverride): Override {
  return { ...rest, settings: settings === null ? null : (JSON.parse(settings) as OverrideSettings) };
}
