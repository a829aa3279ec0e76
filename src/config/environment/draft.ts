import { readBaseUrl } from '../validate/base-url.ts';
import { formatPath } from '../faults.ts';
import { objectAt, type Json, type JsonObject } from '../files/json.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import { variableCase, type Variable } from './variables.ts';

/** The target that the environment puts first in a lane's chain; a null model is the only one that the server lists. */
export interface EnvironmentTarget {
  readonly provider: string;
  readonly model: string | null;
}

/**
 * Builds the environment's layer: the provider settings that it adds to those of the files. Holds no API keys, only
 * references to their variables.
 */
export class EnvironmentDraft {
  readonly environmentTargets = new Map<string, EnvironmentTarget>();
  /** How variables were interpreted, one line each. */
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  /** The variable of each value that is set, by formatted path. */
  readonly variables = new Map<string, string>();
  readonly #below: JsonObject;
  readonly #types: readonly ProviderTypeInfo[];
  readonly #providers = new Map<string, Record<string, Json>>();

  /** `below` are the merged files. */
  constructor(below: JsonObject, types: readonly ProviderTypeInfo[]) {
    this.#below = below;
    this.#types = types;
  }

  /** Ids of the files' providers, then of those added by the environment. */
  get providerIds(): string[] {
    return [...new Set([...Object.keys(objectAt(this.#below, 'providers')), ...this.#providers.keys()])];
  }

  /** The provider settings so far. */
  get providers(): JsonObject {
    return Object.fromEntries(this.#providers);
  }

  /** The current value of one key of a provider. */
  get(id: string, key: string): Json | undefined {
    const own = this.#providers.get(id);
    if (own !== undefined && Object.hasOwn(own, key)) return own[key];
    const below = objectAt(objectAt(this.#below, 'providers'), id);
    return Object.hasOwn(below, key) ? below[key] : undefined;
  }

  /** Sets one key of a provider from a variable. */
  set(id: string, key: string, value: Json, variable: Variable): void {
    const own = this.#providers.get(id) ?? {};
    own[key] = value;
    this.#providers.set(id, own);
    this.variables.set(formatPath(['providers', id, key]), variable.name);
    // Faults of a provider as a whole are attributed to the variable that created it.
    const whole = formatPath(['providers', id]);
    if (!this.variables.has(whole)) this.variables.set(whole, variable.name);
  }

  /** Sets a provider's address. `http:` makes it local, unless a file sets `local`. */
  setAddress(id: string, url: string, variable: Variable): void {
    this.set(id, 'base_url', url, variable);
    if (/^http:/i.test(url) && this.get(id, 'local') === undefined) this.set(id, 'local', true, variable);
  }

  /** Sets a provider's key: a reference to the variable that holds it. */
  setKey(id: string, variable: Variable): void {
    this.set(id, 'api_key', `env:${variable.name}`, variable);
  }

  /** The first provider of a type, preferably the one whose id is the type. */
  firstOfType(type: string): string | null {
    const ofType = this.providerIds.filter((id) => this.get(id, 'type') === type);
    return ofType.find((id) => id === type) ?? ofType[0] ?? null;
  }

  /** The provider with this address, preferably an enabled one; null when there is none. */
  atAddress(url: string): string | null {
    const matching = this.providerIds.filter((id) => this.#isAt(id, url));
    return matching.find((id) => this.get(id, 'enabled') !== false) ?? matching[0] ?? null;
  }

  #isAt(id: string, url: string): boolean {
    const type = this.#types.find((info) => info.type === this.get(id, 'type'));
    const written = this.get(id, 'base_url') ?? type?.defaultBaseUrl;
    if (type === undefined || typeof written !== 'string') return false;
    const [own, other] = [written, url].map((each) => readBaseUrl(each, type));
    if (own === undefined || other === undefined || 'fault' in own || 'fault' in other) return false;
    return addressKey(own.url) === addressKey(other.url);
  }
}

/** A URL normalized for comparison: localhost, 127.0.0.1 and ::1 are equal, and a trailing `/v1` is ignored. */
export function addressKey(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  const host = ['127.0.0.1', '[::1]'].includes(parsed.hostname) ? 'localhost' : parsed.hostname;
  const path = parsed.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
  return `${parsed.protocol}//${host}:${parsed.port}${path}`;
}

/** The name that equals `written` in the spelling of variables. */
export function matchName(written: string, names: readonly string[]): string | undefined {
  return names.find((name) => variableCase(name) === variableCase(written));
}
