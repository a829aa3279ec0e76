import type { RowChange, SealedSecret } from '../../protocol/stored-configuration.ts';
import type { Database } from '../files/database.ts';

const SELECT_ALL = `SELECT name, version, key_check AS keyCheck, wrapped_key AS wrappedKey, data
  FROM secrets ORDER BY name`;

const UPSERT = `INSERT INTO secrets (name, version, key_check, wrapped_key, data, created_at, updated_at)
  VALUES (@name, @version, @keyCheck, @wrappedKey, @data, @at, @at)
  ON CONFLICT (name) DO UPDATE SET version = excluded.version, key_check = excluded.key_check,
    wrapped_key = excluded.wrapped_key, data = excluded.data, updated_at = excluded.updated_at`;

const DELETE = `DELETE FROM secrets WHERE name = ?`;

/** Only the row that was read: one that was changed meanwhile has another version, or the new key already. */
const REWRAP = `UPDATE secrets SET key_check = @keyCheck, wrapped_key = @wrappedKey
  WHERE name = @name AND version = @version AND key_check <> @keyCheck`;

/** Encrypted secrets. */
export class Secrets {
  readonly #selectAll;
  readonly #upsert;
  readonly #delete;
  readonly #rewrap;

  constructor(database: Database) {
    this.#selectAll = database.prepare<[], SealedSecret>(SELECT_ALL);
    this.#upsert = database.prepare(UPSERT);
    this.#delete = database.prepare<[string]>(DELETE);
    this.#rewrap = database.prepare(REWRAP);
  }

  /** By name. */
  all(): SealedSecret[] {
    return this.#selectAll.all();
  }

  change({ key, value }: RowChange<SealedSecret>, at: string): void {
    if (value === null) this.#delete.run(key);
    else this.#upsert.run({ ...value, at });
  }

  /** Replaces the wrapped data key of one secret, whose value stays. */
  rewrap({ name, version, keyCheck, wrappedKey }: SealedSecret): void {
    this.#rewrap.run({ name, version, keyCheck, wrappedKey });
  }
}
