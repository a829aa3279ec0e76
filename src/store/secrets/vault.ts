import { existsSync } from 'node:fs';
import type { Log } from '../../protocol/log.ts';
import type { RewrapChange, Rotation, RowChange, SealedSecret } from '../../protocol/stored-configuration.ts';
import { replaceFile } from '../../util/durable.ts';
import { StoreFault } from '../files/fault.ts';
import { StoreUnavailable } from '../store.ts';
import { createKeyFile, keyPath, nextKeyPath, readKeyFile } from './key-file.ts';
import { InvalidMasterKey, type MasterKey } from '../../util/master-key.ts';
import { open, rewrap, seal } from './seal.ts';

/** Options of `SecretVault`. */
export interface VaultOptions {
  /** The state directory; the caller holds its lock. */
  readonly directory: string;
  /** The key in `LANEWAY_MASTER_KEY`; null: the key file of the directory is used. */
  readonly environmentKey: MasterKey | null;
  readonly sealed: readonly SealedSecret[];
  readonly log: Log;
}

/** The part of the store that a rotation uses. */
export interface RewrapStore {
  rewrapSecrets(change: RewrapChange): Promise<void>;
}

/**
 * The decrypted secrets, and the master key that encrypts them. Texts are in memory only; what is stored is sealed. The
 * key file is made when the first secret is sealed.
 */
export class SecretVault {
  readonly #directory: string;
  readonly #isEnvironmentKey: boolean;
  readonly #log: Log;
  readonly #sealed = new Map<string, SealedSecret>();
  readonly #texts = new Map<string, string>();
  /** Encrypts new secrets; null before the first. */
  #key: MasterKey | null;
  /** The key of an interrupted rotation, which encrypts some of the secrets. */
  #nextKey: MasterKey | null;

  /**
   * Throws a StoreFault (exit 3) when there is no key for a stored secret, or the key file is not one. A secret that does
   * not open with its key is logged, and has no text.
   */
  constructor({ directory, environmentKey, sealed, log }: VaultOptions) {
    this.#directory = directory;
    this.#isEnvironmentKey = environmentKey !== null;
    this.#log = log;
    this.#key = environmentKey ?? readOrRefuse(keyPath(directory));
    this.#nextKey = readOrRefuse(nextKeyPath(directory));
    for (const secret of sealed) {
      if (this.#keyOf(secret) === null) throw this.#keyFault(secret);
      this.#put(secret);
    }
  }

  /** The text of a secret; undefined when there is none, or when it could not be decrypted. */
  get(name: string): string | undefined {
    return this.#texts.get(name);
  }

  /** The names of all secrets, sorted, and whether each could be decrypted. */
  list(): { readonly name: string; readonly version: number; readonly readable: boolean }[] {
    return [...this.#sealed.values()]
      .map(({ name, version }) => ({ name, version, readable: this.#texts.has(name) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Encrypts a text under a name, to be stored. Makes the key file if there is no key yet; throws `StoreUnavailable` when that fails. */
  seal(name: string, text: string): SealedSecret {
    this.#key ??= this.#nextKey ?? makeKeyFile(keyPath(this.#directory));
    const version = (this.#sealed.get(name)?.version ?? 0) + 1;
    return seal(text, { name, version }, this.#nextKey ?? this.#key);
  }

  /** Takes over changes that have been stored. */
  apply(changes: readonly RowChange<SealedSecret>[]): void {
    for (const { key, value } of changes) {
      if (value !== null) this.#put(value);
      else {
        this.#sealed.delete(key);
        this.#texts.delete(key);
      }
    }
  }

  /** Whether a rotation was interrupted and must be completed. */
  get isRotating(): boolean {
    return this.#nextKey !== null && this.#nextKey.check !== this.#key?.check;
  }

  /**
   * Encrypts the data keys of all secrets with a new master key, one secret after the other; requests use the secrets
   * meanwhile. A rotation that was interrupted is completed. With `LANEWAY_MASTER_KEY` the new key must be in
   * `master.key.new`. Rejects with the store's error, and with `InvalidMasterKey` when there is no usable new key. No secret
   * may be sealed and not yet applied when it is called. `by` is for the audit row, which the first write makes.
   */
  async rotate(store: RewrapStore, by: Pick<RewrapChange, 'actor' | 'at'>): Promise<Rotation> {
    const next = this.#newKey();
    const change = { from: this.#key?.check ?? null, to: next.check, ...by };
    let rotated = 0;
    for (const secret of [...this.#sealed.values()]) {
      const key = this.#keyOf(secret);
      if (key === null || key.check === next.check || !this.#texts.has(secret.name)) continue;
      const rewrapped = rewrap(secret, key, next);
      await store.rewrapSecrets({ secrets: [rewrapped], ...change });
      if (this.#sealed.get(secret.name) === secret) this.#sealed.set(secret.name, rewrapped);
      rotated += 1;
    }
    // A key without secrets is rotated, too.
    if (rotated === 0) await store.rewrapSecrets({ secrets: [], ...change });
    return { rotated, check: next.check, next: this.#complete(next) };
  }

  #newKey(): MasterKey {
    const path = nextKeyPath(this.#directory);
    this.#nextKey ??= readNext(path);
    if (this.#nextKey === null && this.#isEnvironmentKey) {
      throw new InvalidMasterKey(
        `the master key is LANEWAY_MASTER_KEY, so put the new one into ${path} (openssl rand -hex 32) and rotate again`,
      );
    }
    this.#nextKey ??= makeKeyFile(path);
    return this.#nextKey;
  }

  /** Makes the new key the only one, once no secret needs the old one. */
  #complete(next: MasterKey): string | null {
    const path = nextKeyPath(this.#directory);
    this.#key = next;
    this.#nextKey = null;
    if (this.#isEnvironmentKey) {
      return `set LANEWAY_MASTER_KEY to the key in ${path} before the next start, then delete that file`;
    }
    if (existsSync(path)) replaceFile(path, keyPath(this.#directory));
    return null;
  }

  #put(secret: SealedSecret): void {
    this.#sealed.set(secret.name, secret);
    this.#texts.delete(secret.name);
    const key = this.#keyOf(secret);
    try {
      if (key !== null) this.#texts.set(secret.name, open(secret, key));
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error';
      this.#log.error({ secret: secret.name }, `${why}: the stored value is damaged; set it again`);
    }
  }

  #keyOf({ keyCheck }: SealedSecret): MasterKey | null {
    return [this.#key, this.#nextKey].find((key) => key?.check === keyCheck) ?? null;
  }

  #keyFault({ keyCheck }: SealedSecret): StoreFault {
    const source = this.#isEnvironmentKey ? 'LANEWAY_MASTER_KEY' : keyPath(this.#directory);
    const what =
      this.#key === null
        ? `${this.#directory} has secrets that were encrypted with the master key of check value ${keyCheck}, and there is no master key`
        : `${this.#directory} has secrets that were encrypted with the master key of check value ${keyCheck}, but the check value of ${source} is ${this.#key.check}`;
    return new StoreFault(
      3,
      what,
      `Nothing has been changed. Set LANEWAY_MASTER_KEY to that key, or put its file back as ${keyPath(this.#directory)}`,
    );
  }
}

function readOrRefuse(path: string): MasterKey | null {
  try {
    return readKeyFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'cannot be read';
    throw new StoreFault(3, error instanceof InvalidMasterKey ? `${path} ${why}` : `${path}: ${why}`);
  }
}

/** The key of a rotation; what is wrong with its file is the operator's to correct. */
function readNext(path: string): MasterKey | null {
  try {
    return readOrRefuse(path);
  } catch (error) {
    throw error instanceof StoreFault ? new InvalidMasterKey(error.message) : error;
  }
}

function makeKeyFile(path: string): MasterKey {
  try {
    return createKeyFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new StoreUnavailable(`the master key cannot be written: ${why}`);
  }
}
