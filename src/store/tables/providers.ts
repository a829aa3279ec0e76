import type { RowChange, StoredProvider } from '../../protocol/stored-configuration.ts';
import type { Database } from '../files/database.ts';

const SELECT_ALL = `SELECT id, entry, created_at AS createdAt, updated_at AS updatedAt, validated_at AS validatedAt
  FROM providers ORDER BY created_at, id`;

const UPSERT = `INSERT INTO providers (id, entry, created_at, updated_at) VALUES (@key, @value, @at, @at)
  ON CONFLICT (id) DO UPDATE SET entry = excluded.entry, updated_at = excluded.updated_at`;

const DELETE = `DELETE FROM providers WHERE id = ?`;

const SET_VALIDATED = `UPDATE providers SET validated_at = ? WHERE id = ?`;

/** Providers that calls have added or changed. */
export class Providers {
  readonly #selectAll;
  readonly #upsert;
  readonly #delete;
  readonly #setValidated;

  constructor(database: Database) {
    this.#selectAll = database.prepare<[], StoredProvider>(SELECT_ALL);
    this.#upsert = database.prepare(UPSERT);
    this.#delete = database.prepare<[string]>(DELETE);
    this.#setValidated = database.prepare<[string, string]>(SET_VALIDATED);
  }

  /** In the order in which they were added. */
  all(): StoredProvider[] {
    return this.#selectAll.all();
  }

  change({ key, value }: RowChange<string>, at: string): void {
    if (value === null) this.#delete.run(key);
    else this.#upsert.run({ key, value, at });
  }

  /** Records when a provider's key was last checked; nothing for one that is only in files. */
  setValidated(id: string, at: string): void {
    this.#setValidated.run(at, id);
  }
}
