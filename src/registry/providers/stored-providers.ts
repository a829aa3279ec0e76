import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../config/config.ts';
import { ConfigFaults } from '../../config/faults.ts';
import type { JsonObject } from '../../config/files/json.ts';
import type { StoredLayers } from '../../config/stored-layers.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { RowChange, SealedSecret } from '../../protocol/stored-configuration.ts';
import { nearestAdvice } from '../../util/nearest.ts';
import { configurationRejected } from '../configuration-rejected.ts';
import type { Registry } from '../registry.ts';
import type { ChangeNote, ConfigurationStep, Reloaded, Reloader } from '../reload.ts';
import { removalAdvice, storedEntryOf } from './stored-layers.ts';

/** What a call sets of a provider, with the keys of a file. A null goes back to what the files say. */
export interface ProviderValues {
  readonly type?: string | null;
  readonly name?: string | null;
  readonly base_url?: string | null;
  readonly local?: boolean | null;
  readonly enabled?: boolean | null;
  /** A key, which is stored encrypted; or `env:NAME` or `secret:NAME`. null: no key. */
  readonly api_key?: string | null;
}

/** The secrets as this service uses them. */
export interface Secrets {
  get(name: string): string | undefined;
  seal(name: string, text: string): SealedSecret;
}

/** What the service depends on. */
export interface StoredProviderPorts {
  readonly changes: Pick<Reloader, 'change' | 'preview' | 'stored' | 'current'>;
  readonly registry: Pick<Registry, 'overridesOn'>;
  readonly secrets: Secrets;
}

/** Type names of older systems. */
const TYPE_SYNONYMS: ReadonlyMap<unknown, string> = new Map([['custom', 'openai_compatible']]);

/** Most unknown providers that an error names. */
const NAMED_MAX = 10;

/** References to credentials of the gateway, which no provider may get. */
const GATEWAY_CREDENTIALS = ['env:LANEWAY_MASTER_KEY', 'env:LANEWAY_ADMIN_TOKEN'];

/** The name of the secret with the key that was stored with a provider. */
export function keySecret(providerId: string): string {
  return `provider:${providerId}`;
}

/** Adds, changes and removes providers while the gateway runs. A provider of the files is changed by an entry over it. */
export class StoredProviders {
  readonly #ports: StoredProviderPorts;

  constructor(ports: StoredProviderPorts) {
    this.#ports = ports;
  }

  /** Adds a provider. Rejects with `exists`, with `invalid_body` for invalid values, or like `Reloader.change`. */
  add(id: string, values: ProviderValues, note: ChangeNote): Promise<Reloaded> {
    return this.#change(id, (stored) => {
      if (Object.hasOwn(stored.providers, id)) {
        const advice = this.#isKnown(id)
          ? `change it with PATCH /api/v1/llm/providers/${id}`
          : `but is not valid; ${removalAdvice(id)}`;
        throw new GatewayError('exists', `provider "${id}" exists; ${advice}`, { param: 'id' });
      }
      return this.#put(id, values, stored, note);
    });
  }

  /** Changes a provider. Rejects with `provider_not_found`, or like `add`. */
  patch(id: string, values: ProviderValues, note: ChangeNote): Promise<Reloaded> {
    return this.#change(id, (stored) => {
      this.requireKnown(id);
      return this.#put(id, values, stored, note);
    });
  }

  /**
   * Removes a provider, or the entry over one of the files. Rejects with `in_use`, naming what is assigned to it, unless
   * `force` drops those overrides; and for a provider that the files define or refer to.
   */
  async remove(id: string, { force, ...note }: ChangeNote & { readonly force: boolean }): Promise<Reloaded> {
    try {
      return await this.#ports.changes.change((stored) => ({
        ...{ next: { ...stored, providers: withoutKey(stored.providers, id) }, ...note },
        rows: this.#removalOf(id, stored, force),
      }));
    } catch (error) {
      if (!(error instanceof ConfigFaults)) throw error;
      throw await this.#notRemoved(id, error);
    }
  }

  /**
   * Stores the keys of several providers as one generation. Rejects with `provider_not_found`, naming every unknown
   * provider, or like `add`; then none is stored.
   */
  setKeys(keys: ReadonlyMap<string, string>, note: ChangeNote): Promise<Reloaded> {
    const ids = [...keys.keys()];
    return this.#change(ids.join(', '), (stored) => {
      this.#requireAllKnown(ids);
      let next = stored;
      const steps: ConfigurationStep[] = [];
      for (const [id, key] of keys) {
        const step = this.#put(id, { api_key: key }, next, note);
        if (step === null) continue;
        next = step.next;
        steps.push(step);
      }
      return steps.length === 0
        ? null
        : {
            next,
            rows: (...changed) => joined(steps.flatMap(({ rows }) => rows(...changed) ?? [])),
            ...note,
          };
    });
  }

  /** Throws `provider_not_found` with the nearest ids. */
  requireKnown(id: string): void {
    if (this.#isKnown(id)) return;
    const { changes } = this.#ports;
    const advice =
      entryOf(changes.stored, id) === undefined
        ? nearestAdvice(id, Object.keys(changes.current().providers))
        : `: what calls have stored of it is not valid; ${removalAdvice(id)}`;
    throw new GatewayError('provider_not_found', `unknown provider "${id.slice(0, 100)}"${advice}`, {
      param: 'id',
    });
  }

  #isKnown(id: string): boolean {
    return Object.hasOwn(this.#ports.changes.current().providers, id);
  }

  #requireAllKnown(ids: readonly string[]): void {
    const { providers } = this.#ports.changes.current();
    const unknown = ids.filter((id) => !Object.hasOwn(providers, id));
    if (unknown.length === 0) return;
    const shown = unknown.slice(0, NAMED_MAX).map((id) => `"${id.slice(0, 64)}"`);
    const names = [...shown, ...(unknown.length > NAMED_MAX ? ['…'] : [])].join(', ');
    const message = `unknown provider ${names}; nothing has been imported. Add it first (POST /api/v1/llm/providers); known: ${Object.keys(providers).join(', ')}`;
    throw new GatewayError('provider_not_found', message, { param: 'keys' });
  }

  async #change(id: string, plan: (stored: StoredLayers) => ConfigurationStep | null): Promise<Reloaded> {
    try {
      return await this.#ports.changes.change(plan);
    } catch (error) {
      if (!(error instanceof ConfigFaults)) throw error;
      const [first] = error.faults;
      const entry = first === undefined ? null : storedEntryOf(first);
      throw configurationRejected(`provider "${id}" not stored`, error, entry?.id === id ? entry.key : null);
    }
  }

  /** null when nothing changes. */
  #put(id: string, values: ProviderValues, stored: StoredLayers, note: ChangeNote): ConfigurationStep | null {
    const before = entryOf(stored, id);
    const { entry, key } = this.#entryOf(id, values, before, this.#ports.changes.current());
    const isSameKey = key === undefined || key === (this.#ports.secrets.get(keySecret(id)) ?? null);
    if (isSameKey && isDeepStrictEqual(before ?? {}, entry)) return null;
    const secret = (): RowChange<SealedSecret> => {
      const name = keySecret(id);
      return {
        key: name,
        value: key === null || key === undefined ? null : this.#ports.secrets.seal(name, key),
      };
    };
    const isEmpty = Object.keys(entry).length === 0;
    return {
      next: {
        ...stored,
        providers: isEmpty ? withoutKey(stored.providers, id) : { ...stored.providers, [id]: entry },
      },
      rows: () => ({
        providers: [{ key: id, value: isEmpty ? null : JSON.stringify(entry) }],
        secrets: isSameKey ? [] : [secret()],
        ...{ action: 'provider', subject: `provider:${id}`, reason: isSameKey ? null : 'key changed' },
        ...{ from: before === undefined ? null : describe(before), to: describe(entry) },
      }),
      ...note,
    };
  }

  /** The entry after a change, and the key to be stored: undefined: unchanged, null: none any more. */
  #entryOf(
    id: string,
    { api_key: key, ...values }: ProviderValues,
    before: JsonObject = {},
    config: Config,
  ): { readonly entry: JsonObject; readonly key: string | null | undefined } {
    const entry = new Map(Object.entries(before));
    for (const [name, value] of Object.entries(values)) {
      if (value === null) entry.delete(name);
      else entry.set(name, name === 'type' ? (TYPE_SYNONYMS.get(value) ?? value) : value);
    }
    const current = Object.hasOwn(config.providers, id) ? config.providers[id] : undefined;
    const isRetyped = entry.has('type')
      ? entry.get('type') !== (before.type ?? current?.type)
      : before.type !== undefined;
    const isMoved = entry.has('base_url')
      ? entry.get('base_url') !== (before.base_url ?? current?.base_url)
      : before.base_url !== undefined || isRetyped;
    if (!isMoved && before.base_url === undefined && current !== undefined) entry.delete('base_url');
    const reference = `secret:${keySecret(id)}`;
    if (key === undefined) {
      // A key never follows its provider to another address.
      const hadKey = before.api_key === reference;
      if (isMoved) entry.delete('api_key');
      // Another type has another default address; the files' key would follow it there.
      if (isMoved && isRetyped && current?.api_key !== undefined) entry.set('api_key', null);
      return { entry: Object.fromEntries(entry), key: isMoved && hadKey ? null : undefined };
    }
    const isReference = key !== null && /^(?:env|secret):/.test(key);
    if (isReference) rejectForeignKey(key, reference);
    if (key === null && current?.api_key === undefined) entry.delete('api_key');
    else entry.set('api_key', key === null || isReference ? key : reference);
    return { entry: Object.fromEntries(entry), key: isReference ? null : key };
  }

  /** The rows of a removal. Throws `in_use` for what only the files define, and for what is in use. */
  #removalOf(id: string, stored: StoredLayers, force: boolean): ConfigurationStep['rows'] {
    const removed = entryOf(stored, id);
    if (removed === undefined) {
      this.requireKnown(id);
      throw new GatewayError(
        'in_use',
        `provider "${id}" is defined by the configuration files or the environment; disable it instead: PATCH /api/v1/llm/providers/${id} with "enabled": false`,
      );
    }
    return (_changed, after) => {
      const { overrides, labels } = this.#ports.registry.overridesOn(id);
      const remains = Object.hasOwn(after.providers, id);
      if (overrides.length > 0 && !force && !remains) {
        const names = Object.keys(labels).join(', ');
        throw new GatewayError(
          'in_use',
          `provider "${id}" is assigned to ${names}; ?force=1 reverts them to their default`,
        );
      }
      return {
        providers: [{ key: id, value: null }],
        secrets: [{ key: keySecret(id), value: null }],
        ...(remains
          ? {}
          : { dropped: { overrides: overrides.map(({ user, subject }) => ({ user, subject })), labels } }),
        ...{ action: 'provider', subject: `provider:${id}`, from: describe(removed), to: null, reason: null },
      };
    };
  }

  /** Why a provider cannot be removed: the files refer to it, or they are not valid with it either. */
  async #notRemoved(id: string, faults: ConfigFaults): Promise<GatewayError> {
    const { changes } = this.#ports;
    const isValid = await changes.preview(changes.stored).then(
      () => true,
      () => false,
    );
    if (!isValid) return configurationRejected(`provider "${id}" not removed`, faults);
    const [first] = faults.message.split('\n');
    return new GatewayError(
      'in_use',
      `provider "${id}" is needed by the configuration files: ${first ?? ''}`,
    );
  }
}

/** What calls have stored of a provider; undefined: nothing. */
function entryOf({ providers }: StoredLayers, id: string): JsonObject | undefined {
  return Object.hasOwn(providers, id) ? providers[id] : undefined;
}

/**
 * Throws `invalid_body` for a reference to what is not the key of this provider: the key of another one, or a credential of
 * the gateway itself. With it, a call could send that to any address.
 */
function rejectForeignKey(key: string, own: string): void {
  const isForeign = key.startsWith('secret:provider:') && key !== own;
  if (!isForeign && !GATEWAY_CREDENTIALS.includes(key)) return;
  throw new GatewayError('invalid_body', `api_key: "${key}" is not the key of this provider`, {
    param: 'api_key',
  });
}

type Rows = NonNullable<ReturnType<ConfigurationStep['rows']>>;

/** Changes of several providers as those of one call. */
function joined(all: readonly Rows[]): Rows {
  const providers = all.flatMap((rows) => rows.providers ?? []);
  return {
    providers,
    secrets: all.flatMap((rows) => rows.secrets ?? []),
    ...{ action: 'provider', subject: providers.map(({ key }) => `provider:${key}`).join(', ') },
    ...{ from: null, to: null, reason: 'keys imported' },
  };
}

function withoutKey<Value>(record: Readonly<Record<string, Value>>, key: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

/** An entry for the audit; keys are references. */
function describe(entry: JsonObject): string {
  const shown = Object.entries(entry).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return shown.length === 0 ? 'as in the files' : shown.join(' ');
}
