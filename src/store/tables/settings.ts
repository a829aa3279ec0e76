import type { Database } from '../files/database.ts';

const SELECT = `SELECT value FROM settings WHERE name = ?`;

const UPSERT = `INSERT INTO settings (name, value) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;

const NEXT_GENERATION = `UPDATE settings SET value = value + 1 WHERE name = 'generation' RETURNING value`;

/** Single values by name, the generation among them. */
export class Settings {
  readonly #select;
  readonly #upsert;
  readonly #nextGeneration;

  constructor(database: Database) {
    this.#select = database.prepare<[string], number | string>(SELECT).pluck();
    this.#upsert = database.prepare<[string, string]>(UPSERT);
    this.#nextGeneration = database.prepare<[], number>(NEXT_GENERATION).pluck();
  }

  /** The number of changes so far; 0 before the first configuration was noted. */
  generation(): number {
    return Number(this.#select.get('generation'));
  }

  /** One more; belongs into the transaction of the change it counts. */
  nextGeneration(): number {
    return Number(this.#nextGeneration.get());
  }

  /** Fingerprint of the configuration that was noted last; null before the first. */
  configurationFingerprint(): string | null {
    const value = this.#select.get('configuration_fingerprint');
    return value === undefined ? null : String(value);
  }

  setConfigurationFingerprint(fingerprint: string): void {
    this.#upsert.run('configuration_fingerprint', fingerprint);
  }

  /** Hash of the newest audit row. */
  auditHead(): string {
    return String(this.#select.get('audit_head'));
  }

  setAuditHead(hash: string): void {
    this.#upsert.run('audit_head', hash);
  }
}
