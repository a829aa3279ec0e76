import { ConfigFaults } from '../../config/faults.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Rotation, SealedSecret } from '../../protocol/stored-configuration.ts';
import { InvalidMasterKey } from '../../util/master-key.ts';
import { nearestAdvice } from '../../util/nearest.ts';
import { configurationRejected } from '../configuration-rejected.ts';
import type { ChangeNote, Reloaded, Reloader } from '../reload.ts';

/** A secret as it is shown: never its text. */
export interface SecretEntry {
  readonly name: string;
  /** One more with each change of the value. */
  readonly version: number;
  /** false: it could not be decrypted. */
  readonly readable: boolean;
}

/** The encrypted secrets as this service uses them. */
export interface Vault {
  get(name: string): string | undefined;
  list(): readonly SecretEntry[];
  seal(name: string, text: string): SealedSecret;
  /** Rejects with `InvalidMasterKey` when there is no usable new key, or with the store's error. */
  rotate(actor: string): Promise<Rotation>;
}

/** What the service depends on. */
export interface StoredSecretPorts {
  readonly changes: Pick<Reloader, 'change' | 'current'>;
  readonly vault: Vault;
  /** Runs a change of the store between two others, never concurrently with one. */
  inTurn<Result>(change: () => Promise<Result>): Promise<Result>;
}

/**
 * Sets and removes the secrets that `secret:NAME` refers to, while the gateway runs: each as one generation with its
 * audit row. A provider that names the secret uses it from then on.
 */
export class StoredSecrets {
  readonly #ports: StoredSecretPorts;

  constructor(ports: StoredSecretPorts) {
    this.#ports = ports;
  }

  /** All secrets by name, keys that were stored with providers (`provider:ID`) included. */
  list(): readonly SecretEntry[] {
    return this.#ports.vault.list();
  }

  /** Stores a secret; the same value changes nothing. Rejects like `Reloader.change`. */
  async set(
    name: string,
    value: string,
    note: ChangeNote,
  ): Promise<{ readonly version: number; readonly generation: number }> {
    const { vault } = this.#ports;
    const { generation } = await this.#change(`secret "${name}" not stored`, (stored) => {
      if (vault.get(name) === value) return null;
      const before = this.#find(name);
      return {
        next: stored,
        rows: () => ({
          secrets: [{ key: name, value: vault.seal(name, value) }],
          ...{ action: 'provider', subject: `secret:${name}`, reason: null },
          ...{ from: describe(before), to: `version ${(before?.version ?? 0) + 1}` },
        }),
        ...note,
      };
    });
    return { version: this.#find(name)?.version ?? 0, generation };
  }

  /**
   * Removes a secret. Rejects with `secret_not_found`, with `in_use` for one that a provider names unless `force`, or
   * like `Reloader.change`.
   */
  async remove(name: string, { force, ...note }: ChangeNote & { readonly force: boolean }): Promise<void> {
    await this.#change(`secret "${name}" not removed`, (stored) => {
      const before = this.#find(name);
      if (before === undefined) throw this.#unknown(name);
      const users = this.#usersOf(name);
      if (users.length > 0 && !force) {
        throw new GatewayError(
          'in_use',
          `secret "${name}" is the key of ${users.join(', ')}; ?force=1 removes it, and leaves them without a key`,
        );
      }
      return {
        next: stored,
        rows: () => ({
          secrets: [{ key: name, value: null }],
          ...{ action: 'provider', subject: `secret:${name}`, reason: null },
          ...{ from: describe(before), to: null },
        }),
        ...note,
      };
    });
  }

  /**
   * Encrypts all secrets with a new master key; no value changes, so there is no generation. Rejects with `invalid_body`
   * when there is no usable new key, or with the store's error; a rotation that failed is completed by the next one.
   */
  async rotate(actor: string): Promise<Rotation> {
    try {
      // A secret that was encrypted with the old key, but is not stored yet, would be missed.
      return await this.#ports.inTurn(() => this.#ports.vault.rotate(actor));
    } catch (error) {
      if (error instanceof InvalidMasterKey) throw new GatewayError('invalid_body', error.message);
      throw error;
    }
  }

  /** A secret is no part of the configuration, but providers that name it are read again with it. */
  async #change(what: string, plan: Parameters<Reloader['change']>[0]): Promise<Reloaded> {
    try {
      return await this.#ports.changes.change(plan);
    } catch (error) {
      throw error instanceof ConfigFaults ? configurationRejected(what, error) : error;
    }
  }

  #find(name: string): SecretEntry | undefined {
    return this.list().find((secret) => secret.name === name);
  }

  /** The providers whose key it is. */
  #usersOf(name: string): string[] {
    return Object.entries(this.#ports.changes.current().providers).flatMap(([id, provider]) =>
      provider.api_key === `secret:${name}` ? [`provider "${id}"`] : [],
    );
  }

  #unknown(name: string): GatewayError {
    const names = this.list().map((secret) => secret.name);
    return new GatewayError('secret_not_found', `unknown secret "${name}"${nearestAdvice(name, names)}`, {
      param: 'name',
    });
  }
}

function describe(secret: SecretEntry | undefined): string | null {
  return secret === undefined ? null : `version ${secret.version}`;
}
