import { isDeepStrictEqual } from 'node:util';
import type { ReferenceSources } from '../protocol/key-reference.ts';
import type { Clock } from '../util/clock.ts';
import {
  buildProvider,
  readReferences,
  type ConfiguredProvider,
  type References,
} from './build-providers.ts';
import type { OwnedProvider } from './create-provider.ts';
import type { ProviderType } from './provider-type.ts';

/** What a provider set needs to create providers. */
export interface ProviderSetOptions extends ReferenceSources {
  readonly types: readonly ProviderType[];
  readonly clock: Clock;
}

/** The effect of an update: ids in the order of the configuration. */
export interface ProviderChange {
  readonly map: ReadonlyMap<string, OwnedProvider>;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A provider and what it was created from; while that is equal, the provider is kept. */
interface Member {
  readonly provider: OwnedProvider;
  readonly configured: ConfiguredProvider;
  readonly references: References;
  readonly connectMs: number;
}

/**
 * The active providers. A reload keeps every unchanged provider, with its sockets. A changed or removed one is dropped:
 * requests that started with it keep using it, and its idle sockets close after 4 s.
 */
export class ProviderSet {
  readonly #options: ProviderSetOptions;
  #members: ReadonlyMap<string, Member> = new Map();
  #current: ReadonlyMap<string, OwnedProvider> = new Map();

  constructor(options: ProviderSetOptions) {
    this.#options = options;
  }

  get current(): ReadonlyMap<string, OwnedProvider> {
    return this.#current;
  }

  /** Creates new and changed providers, keeps the others. Opens no socket. `connectMs` covers DNS, connection and TLS. */
  update(configured: Readonly<Record<string, ConfiguredProvider>>, connectMs: number): ProviderChange {
    const before = this.#members;
    const members = new Map<string, Member>();
    for (const [id, provider] of Object.entries(configured)) {
      const type = this.#options.types.find(({ settings }) => settings.type === provider.type);
      if (!provider.enabled || type === undefined) continue;
      const references = readReferences(provider, type, this.#options);
      const parts = { configured: provider, references, connectMs };
      const old = before.get(id);
      members.set(id, old !== undefined && isSame(old, parts) ? old : this.#create(id, type, parts));
    }
    this.#members = members;
    this.#current = new Map([...members].map(([id, { provider }]) => [id, provider]));
    const ids = [...members.keys()];
    return {
      map: this.#current,
      added: ids.filter((id) => !before.has(id)),
      changed: ids.filter((id) => before.has(id) && before.get(id) !== members.get(id)),
      removed: [...before.keys()].filter((id) => !members.has(id)),
    };
  }

  /** Aborts all calls of the active providers, for the end of the process. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#current.values()].map((provider) => provider.destroy()));
  }

  #create(id: string, type: ProviderType, parts: Omit<Member, 'provider'>): Member {
    const { configured, references, connectMs } = parts;
    const { clock } = this.#options;
    return { ...parts, provider: buildProvider(id, configured, type, references, connectMs, clock) };
  }
}

function isSame(old: Member, next: Omit<Member, 'provider'>): boolean {
  return (
    old.connectMs === next.connectMs &&
    isDeepStrictEqual(old.references, next.references) &&
    isDeepStrictEqual(connectionOf(old.configured), connectionOf(next.configured))
  );
}

/** What a connection is made of: the limit of concurrent requests is the snapshot's, and changes without a new one. */
function connectionOf(
  configured: ConfiguredProvider & { readonly concurrency?: number },
): ConfiguredProvider {
  const { concurrency: _, ...connection } = configured;
  return connection;
}
