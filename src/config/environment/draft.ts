import { readBaseUrl } from '../validate/base-url.ts';
import { formatPath } from '../faults.ts';
import { objectAt, type Json, type JsonObject } from '../files/json.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import { inVariables, type Variable } from './variables.ts';

/** The target that the environment puts in front of a lane's chain; a null model is the one that the server lists. */
export interface EnvironmentTarget {
  readonly provider: string;
  readonly model: string | null;
}

/**
 * The environment's layer while it is put together: what it sets of providers over what the files say of them.
 * Values of keys never get in here, only references to their variables.
 */
export class EnvironmentDraft {
  readonly environmentTargets = new Map<string, EnvironmentTarget>();
  /** What variables were taken for, one line each. */
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  /** The variable behind each value that is set, by its formatted path. */
  readonly variables = new Map<string, string>();
  readonly #below: JsonObject;
  readonly #types: readonly ProviderTypeInfo[];
  readonly #providers = new Map<string, Record<string, Json>>();

  /** `below` is what the files say, merged. */
  constructor(below: JsonObject, types: readonly ProviderTypeInfo[]) {
    this.#below = below;
    this.#types = types;
  }

  /** Ids of the files' providers and of those that the environment has added, in this order. */
  get providerIds(): string[] {
    return [...new Set([...Object.keys(objectAt(this.#below, 'providers')), ...this.#providers.keys()])];
  }

  /** What is set of providers so far. */
  get providers(): JsonObject {
    return Object.fromEntries(this.#providers);
  }

  /** The value of one key of a provider as it stands now. */
  get(id: string, key: string): Json | undefined {
    const own = this.#providers.get(id);
    if (own !== undefined && Object.hasOwn(own, key)) return own[key];
    const below = objectAt(objectAt(this.#below, 'providers'), id);
    return Object.hasOwn(below, key) ? below[key] : undefined;
  }

  /** Sets one key of a provider, because of a variable. */
  set(id: string, key: string, value: Json, variable: Variable): void {
    const own = this.#providers.get(id) ?? {};
    own[key] = value;
    this.#providers.set(id, own);
    this.variables.set(formatPath(['providers', id, key]), variable.name);
    // Faults of a provider as a whole belong to what made it.
    const whole = formatPath(['providers', id]);
    if (!this.variables.has(whole)) this.variables.set(whole, variable.name);
  }

  /** Gives a provider an address. By `http:` it is local, where no file says otherwise (DESIGN section 3). */
  setAddress(id: string, url: string, variable: Variable): void {
    this.set(id, 'base_url', url, variable);
    if (/^http:/i.test(url) && this.get(id, 'local') === undefined) this.set(id, 'local', true, variable);
  }

  /** Gives a provider a key: a reference to the variable that holds it. */
  setKey(id: string, variable: Variable): void {
    this.set(id, 'api_key', `env:${variable.name}`, variable);
  }

  /** The first provider of a type; one that bears the type's name comes first. */
  firstOfType(type: string): string | null {
    const ofType = this.providerIds.filter((id) => this.get(id, 'type') === type);
    return ofType.find((id) => id === type) ?? ofType[0] ?? null;
  }

  /** The provider whose address a URL is, or null: one that is switched on comes before others. */
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

/** A URL in a form to compare: localhost, 127.0.0.1 and ::1 are one, and `/v1` does not count (DESIGN section 3). */
export function addressKey(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  const host = ['127.0.0.1', '[::1]'].includes(parsed.hostname) ? 'localhost' : parsed.hostname;
  const path = parsed.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
  return `${parsed.protocol}//${host}:${parsed.port}${path}`;
}

/** The name among some that a variable or its value means. */
export function nameMeant(written: string, names: readonly string[]): string | undefined {
  return names.find((name) => inVariables(name) === inVariables(written));
}
