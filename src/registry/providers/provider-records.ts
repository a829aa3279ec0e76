import type { Config } from '../../config/config.ts';
import { inWords } from '../../protocol/failure.ts';
import { resolveKey, type ReferenceSources } from '../../protocol/key-reference.ts';
import { noKey } from '../../protocol/missing-key.ts';
import type { StoredChange, StoredProvider } from '../../protocol/stored-configuration.ts';
import type { Clock } from '../../util/clock.ts';
import type { Discovery } from './discovery.ts';
import type { Registry } from '../registry.ts';

/** How long a check waits for the model list, in milliseconds: the time-out of a probe, and some for a slow connection. */
const CHECK_MS = 10_000;

/** When a provider was stored, changed and checked, in ISO 8601; null: not stored, or never. */
export interface ProviderTimes {
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly validatedAt: string | null;
}

/** Result of a check of a provider. */
export interface ProviderCheck {
  readonly checkedAt: string;
  readonly latencyMs: number;
  /** Models in its list; null when it was not read, or the server has none. */
  readonly modelCount: number | null;
  /** null: the provider answered, and accepted the key. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What the records depend on; with the keys that references name. */
export interface ProviderRecordPorts extends ReferenceSources {
  readonly stored: readonly StoredProvider[];
  readonly config: () => Config;
  readonly registry: Pick<Registry, 'snapshot'>;
  readonly discovery: Pick<Discovery, 'refresh'>;
  readonly store: { noteValidation(providerId: string, at: string): Promise<void> };
  readonly clock: Clock;
}

const NOT_STORED: ProviderTimes = { createdAt: null, updatedAt: null, validatedAt: null };

/** What is known about providers besides their configuration and health; and the check of one. */
export class ProviderRecords {
  readonly #ports: ProviderRecordPorts;
  readonly #times: Map<string, ProviderTimes>;

  constructor(ports: ProviderRecordPorts) {
    this.#ports = ports;
    this.#times = new Map(
      ports.stored.map(({ id, createdAt, updatedAt, validatedAt }) => [
        id,
        { createdAt, updatedAt, validatedAt },
      ]),
    );
  }

  /** Checks of providers that only the files define are forgotten at the end of the process. */
  times(id: string): ProviderTimes {
    return this.#times.get(id) ?? NOT_STORED;
  }

  /** Whether the key that a reference (`env:NAME`, `secret:NAME`) names is there. */
  hasKey(reference: string | undefined): boolean {
    if (reference === undefined) return false;
    return resolveKey(reference, this.#ports).key !== null;
  }

  /** Why a disabled provider is disabled, and what to do about it. */
  disabledBy(id: string): string {
    const prefix = `providers.${id}: `;
    // The configuration switches off a provider at the address of the gateway itself, and warns of it.
    const warning = this.#ports
      .config()
      .warnings.find((text) => text.startsWith(prefix) && text.includes('not used'));
    return warning?.slice(prefix.length) ?? 'set its "enabled" to true to use it';
  }

  /** Takes over a change that has been stored. */
  apply({ providers = [], at }: StoredChange): void {
    for (const { key, value } of providers) {
      const { createdAt, validatedAt } = this.times(key);
      if (value === null) this.#times.delete(key);
      else this.#times.set(key, { createdAt: createdAt ?? at, updatedAt: at, validatedAt });
    }
  }

  /** Reads the model list of a configured provider through its own connection. Never rejects. */
  async check(id: string): Promise<ProviderCheck> {
    const { clock, store } = this.#ports;
    const startedAt = clock.now();
    const error = this.#unusable(id) ?? (await this.#failureOf(id));
    const latencyMs = Math.round(clock.now() - startedAt);
    const checkedAt = new Date(clock.wall()).toISOString();
    this.#times.set(id, { ...this.times(id), validatedAt: checkedAt });
    // The result holds even where the time of the check cannot be stored.
    await store.noteValidation(id, checkedAt).catch(() => undefined);
    return { checkedAt, latencyMs, modelCount: error === null ? this.modelCount(id) : null, error };
  }

  /** Reads the model list again, and waits for it; null once it has been read. */
  async refresh(id: string): Promise<ProviderCheck['error']> {
    return this.#unusable(id) ?? this.#failureOf(id);
  }

  /** The models in its list; null while the list has not been read. */
  modelCount(id: string): number | null {
    const { providers, models } = this.#ports.registry.snapshot;
    if (providers.get(id)?.listed !== true) return null;
    return [...models.values()].filter(({ provider, inList }) => provider.id === id && inList === true)
      .length;
  }

  /** Why no request is sent to a provider at all. */
  #unusable(id: string): ProviderCheck['error'] {
    if (this.#ports.config().providers[id]?.enabled === false)
      return { code: 'disabled', message: `provider "${id}" is disabled: ${this.disabledBy(id)}` };
    const missingKey = this.#ports.registry.snapshot.providers.get(id)?.missingKey ?? null;
    return missingKey === null ? null : { code: 'needs_key', message: noKey(missingKey) };
  }

  async #failureOf(id: string): Promise<ProviderCheck['error']> {
    const failure = await this.#ports.discovery.refresh(id, CHECK_MS);
    if (failure === null) return null;
    const name = this.#ports.registry.snapshot.providers.get(id)?.name ?? id;
    return { code: failure.code, message: `${name} ${inWords(failure)}` };
  }
}
