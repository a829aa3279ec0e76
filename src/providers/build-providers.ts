import { resolveKey, type ReferenceSources } from '../protocol/key-reference.ts';
import type { Clock } from '../util/clock.ts';
import { proxyFor, type Proxy, type UnusableProxy } from './connection/proxy.ts';
import { createProvider, isSecretHeader, type OwnedProvider } from './create-provider.ts';
import type { ListModels, ProviderType } from './provider-type.ts';
import type { ProviderSettings } from './provider.ts';

/** A provider as configured, its `env:` and `secret:` references unresolved. */
export interface ConfiguredProvider {
  readonly type: string;
  readonly name: string;
  readonly base_url: string;
  readonly local: boolean;
  readonly enabled: boolean;
  /** `env:NAME` or `secret:NAME`. */
  readonly api_key?: string;
  /** Values may be `env:NAME`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly trusted_stream?: boolean;
}

/** A provider's references, resolved against the current environment. */
export interface References {
  readonly key: string | null;
  /** How to supply the missing key; null when the provider is usable. */
  readonly missingKey: string | null;
  /** The environment variable that the key is read from; null without one. */
  readonly keyVariable: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The proxy that applies to it; null: it is called directly. */
  readonly proxy: Proxy | UnusableProxy | null;
}

/** Resolves the references of a provider, and the variables of the proxy. An unset one is not a configuration fault. */
export function readReferences(
  provider: ConfiguredProvider,
  { settings }: ProviderType,
  sources: ReferenceSources,
): References {
  const { variable } = sources;
  return {
    ...keyOf(provider, settings, sources),
    headers: headersOf(provider.headers, variable),
    proxy: proxyFor({ baseUrl: provider.base_url, local: provider.local }, variable),
  };
}

/** Creates one provider; opens no socket. `connectMs` covers DNS, connection and TLS together. */
export function buildProvider(
  id: string,
  provider: ConfiguredProvider,
  { settings, list }: ProviderType,
  references: References,
  connectMs: number,
  clock: Clock,
): OwnedProvider {
  const { trusted_stream: trusted } = provider;
  const adjusted = (typical: ProviderSettings): ProviderSettings =>
    trusted === undefined ? typical : { ...typical, trustedStream: trusted };
  const listAdjusted: ListModels = async (connection, signal) => {
    const listing = await list(connection, signal);
    return listing.settings === undefined ? listing : { ...listing, settings: adjusted(listing.settings) };
  };
  return createProvider({
    id,
    name: provider.name,
    baseUrl: provider.base_url,
    local: provider.local,
    settings: adjusted(settings),
    ...references,
    connectMs,
    list: listAdjusted,
    clock,
  });
}

interface Key {
  readonly key: string | null;
  readonly missingKey: string | null;
  readonly keyVariable: string | null;
}

/** Resolves a key's reference; a missing value leaves the provider without a key. */
function keyOf(
  { api_key: reference, headers }: ConfiguredProvider,
  { requiresKey, type, auth }: ProviderSettings,
  sources: ReferenceSources,
): Key {
  if (reference === undefined) {
    const usual = `${type.toUpperCase()}_API_KEY`;
    // A key in another header than the vendor's own: the server is another one with the same API.
    const isCompatible = auth === 'bearer' && Object.keys(headers).some(isSecretHeader);
    const advice = isCompatible
      ? 'set its "type" to "openai_compatible", which sends its "headers" and needs no api_key'
      : `set ${usual}, and "api_key": "env:${usual}" in its provider`;
    return { key: null, missingKey: requiresKey ? advice : null, keyVariable: null };
  }
  const { name, isSecret, key } = resolveKey(reference, sources);
  const advice = isSecret ? `set the secret "${name}"` : `set ${name}`;
  return { key, missingKey: key === null ? advice : null, keyVariable: isSecret ? null : name };
}

/** Static headers; those whose variable is unset or empty are not sent. */
function headersOf(
  headers: Readonly<Record<string, string>>,
  variable: (name: string) => string | undefined,
): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = value.startsWith('env:') ? variable(value.slice(4)) : value;
    if (text !== undefined && text !== '') read[name] = text;
  }
  return read;
}
