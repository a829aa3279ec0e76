import type { Database } from '../files/database.ts';

const SELECT = `SELECT value FROM settings WHERE name = ?`;

const UPSERT = `INSERT INTO settings (name, value) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;

const NEXT_GENERATION = `UPDATE settings SET value = value + 1 WHERE name = 'generation' RETURNING value`;

/** Single values by name, such as the generation. */
export class Settings {
  readonly #select;
  readonly #upsert;
  readonly #nextGeneration;

  constructor(database: Database) {
    this.#select = database.prepare<[string], number | string>(SELECT).pluck();
    this.#upsert = database.prepare<[string, string]>(UPSERT);
    this.#nextGeneration = database.prepare<[], number>(NEXT_GENERATION).pluck();
  }

  /** The number of changes so far; 0 before the first configuration was recorded. */
  generation(): number {
    return Number(this.#select.get('generation'));
  }

  /** Increments the generation; call it in the transaction of the change. */
  nextGeneration(): number {
    return Number(this.#nextGeneration.get());
  }

  /** Fingerprint of the last recorded configuration; null before the first. */
  configurationFingerprint(): string | null {
    const value = this.#select.get('configuration_fingerprint');
    return value === undefined ? null : String(value);
  }

  setConfigurationFingerprint(fingerprint: string): void {
    this.#upsert.run('configuration_fingerprint', fingerprint);
  }

  /** The name of the active profile; null: none. */
  activeProfile(): string | null {
    const value = this.#select.get('active_profile');
    return value === undefined || value === '' ? null : String(value);
  }

  setActiveProfile(name: string | null): void {
    this.#upsert.run('active_profile', name ?? '');
  }

  /** Hash of the newest audit row. */
  auditHead(): string {
    return String(this.#select.get('audit_head'));
  }

  setAuditHead(hash: string): void {
    this.#upsert.run('audit_head', hash);
  }
}
