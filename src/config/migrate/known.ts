import { parseModelId } from '../../protocol/model-id.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import { objectAt, valueAt, type JsonObject } from '../files/json.ts';
import type { DefaultTags } from '../schema/canonicalize.ts';
import { readBaseUrl } from '../validate/base-url.ts';

/** The configuration that older names are looked up in. */
export class Known {
  /** All files, merged. */
  readonly below: JsonObject;
  /** The same without `user_models.json`. */
  readonly base: JsonObject;
  readonly types: readonly ProviderTypeInfo[];
  #models: ReadonlyMap<string, readonly string[]> | null = null;

  constructor(base: JsonObject, below: JsonObject, types: readonly ProviderTypeInfo[]) {
    this.base = base;
    this.below = below;
    this.types = types;
  }

  /** The same with other files. */
  over(below: JsonObject): Known {
    return new Known(this.base, below, this.types);
  }

  /** Ids of the providers. */
  get providers(): string[] {
    return Object.keys(objectAt(this.below, 'providers'));
  }

  /** Default tags by provider. */
  get tags(): DefaultTags {
    const tagged = this.providers.flatMap((id): [string, string][] => {
      const tag = this.typeOf(id)?.defaultTag;
      return tag === undefined ? [] : [[id, tag]];
    });
    return new Map(tagged);
  }

  /** The full ids of the models that have a name at their provider. */
  modelsNamed(name: string): readonly string[] {
    this.#models ??= Map.groupBy(
      Object.keys(objectAt(this.below, 'models')),
      (id) => parseModelId(id)?.modelId ?? '',
    );
    return this.#models.get(name) ?? [];
  }

  /** The type of a provider. */
  typeOf(provider: string): ProviderTypeInfo | undefined {
    const type = valueAt(this.below, ['providers', provider, 'type']);
    return this.types.find((each) => each.type === type);
  }

  /** The first provider of a type, preferably the one whose id is the type. */
  firstOfType(type: string): string | null {
    const ofType = this.providers.filter((id) => this.typeOf(id)?.type === type);
    return ofType.find((id) => id === type) ?? ofType[0] ?? null;
  }

  /** The provider that an older name means: upper case, dots, spaces and dashes do not count. */
  providerNamed(name: string): string | null {
    return this.providers.find((id) => plain(id) === plain(name)) ?? null;
  }

  /** The address of a provider, normalized; null for one without. */
  addressOf(provider: string): string | null {
    const type = this.typeOf(provider);
    const written = valueAt(this.below, ['providers', provider, 'base_url']) ?? type?.defaultBaseUrl;
    if (type === undefined || typeof written !== 'string') return null;
    const address = readBaseUrl(written, type);
    return 'fault' in address ? null : address.url;
  }

  /** Whether requests to a provider stay on the operator's machines. */
  isLocal(provider: string): boolean {
    const written = valueAt(this.below, ['providers', provider, 'local']);
    if (typeof written === 'boolean') return written;
    const type = this.typeOf(provider);
    const address = this.addressOf(provider);
    if (type === undefined || type.local || address === null) return type?.local ?? false;
    const parsed = readBaseUrl(address, type);
    return !('fault' in parsed) && ['loopback', 'private'].includes(parsed.host);
  }
}

/** A name without what people write in different ways. */
export function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
