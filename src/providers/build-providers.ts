import type { Clock } from '../util/clock.ts';
import { createProvider, type OwnedProvider } from './create-provider.ts';
import type { ProviderType } from './provider-type.ts';

/** A provider as the configuration says it, before its references are read. */
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

/** What the configured providers are made with. */
export interface BuildOptions {
  readonly types: readonly ProviderType[];
  /** Reads one variable of the environment. */
  readonly variable: (name: string) => string | undefined;
  /** Milliseconds for name, connection and TLS together, for the most patient lane. */
  readonly connectMs: number;
  readonly clock: Clock;
}

/** Makes every enabled provider; opens no socket. */
export function buildProviders(
  configured: Readonly<Record<string, ConfiguredProvider>>,
  options: BuildOptions,
): Map<string, OwnedProvider> {
  const providers = new Map<string, OwnedProvider>();
  for (const [id, provider] of Object.entries(configured)) {
    const type = options.types.find(({ settings }) => settings.type === provider.type);
    if (provider.enabled && type !== undefined) providers.set(id, build(id, provider, type, options));
  }
  return providers;
}

function build(
  id: string,
  provider: ConfiguredProvider,
  { settings, list }: ProviderType,
  { variable, connectMs, clock }: BuildOptions,
): OwnedProvider {
  const trustedStream = provider.trusted_stream ?? settings.chat.trustedStream;
  return createProvider({
    id,
    name: provider.name,
    baseUrl: provider.base_url,
    local: provider.local,
    settings: { ...settings, chat: { ...settings.chat, trustedStream } },
    ...keyOf(provider.api_key, settings.requiresKey, variable),
    headers: headersOf(provider.headers, variable),
    connectMs,
    list,
    clock,
  });
}

interface Key {
  readonly key: string | null;
  readonly missingKey: string | null;
}

/** Reads a key's reference; an unset variable is no fault of the file, the provider just has no key. */
function keyOf(reference: string | undefined, required: boolean, variable: BuildOptions['variable']): Key {
  if (reference === undefined) return { key: null, missingKey: required ? 'give it an api_key' : null };
  const name = reference.slice(reference.indexOf(':') + 1);
  if (reference.startsWith('secret:')) {
    return { key: null, missingKey: `the secret ${name} is not set; write "env:NAME" instead` };
  }
  const value = variable(name)?.trim();
  return value === undefined || value === ''
    ? { key: null, missingKey: `set ${name}` }
    : { key: value, missingKey: null };
}

/** Static headers; one whose variable is empty is not sent. */
function headersOf(
  headers: Readonly<Record<string, string>>,
  variable: BuildOptions['variable'],
): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = value.startsWith('env:') ? variable(value.slice(4)) : value;
    if (text !== undefined && text !== '') read[name] = text;
  }
  return read;
}
