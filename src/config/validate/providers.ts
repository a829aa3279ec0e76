import { advice, type Check } from './check.ts';
import { readBaseUrl } from './base-url.ts';
import type { ProviderConfig } from '../config.ts';
import { quote } from '../faults.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import type { FileProvider } from '../schema/schema.ts';

/** Provider ids stand before the first slash of a model id and in headers. */
const PROVIDER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Checks the providers and gives each its type's defaults; a faulty one is left out. */
export function resolveProviders(check: Check): Record<string, ProviderConfig> {
  const resolved: [string, ProviderConfig][] = [];
  for (const [id, provider] of Object.entries(check.file.providers)) {
    const result = resolveProvider(check, id, provider);
    if (result !== null) resolved.push([id, result]);
  }
  return Object.fromEntries(resolved);
}

function resolveProvider(check: Check, id: string, provider: FileProvider): ProviderConfig | null {
  const path = ['providers', id];
  if (!PROVIDER_ID.test(id)) {
    check.report(path, 'an id of a provider is letters, digits, ".", "_" and "-", 64 at most');
    return null;
  }
  const type = typeOf(check, id, provider);
  if (type === null) return null;
  const address = addressOf(check, id, provider, type);
  if (address === null) return null;
  return {
    ...provider,
    ...address,
    type: type.type,
    name: provider.name ?? (id === type.type ? type.name : id),
  };
}

function typeOf(check: Check, id: string, provider: FileProvider): ProviderTypeInfo | null {
  const known = check.types.map(({ type }) => type);
  const path = ['providers', id, 'type'];
  if (provider.type === undefined) {
    if (!check.isDamaged(path)) check.report(path, `is missing; types are ${known.join(', ')}`);
    return null;
  }
  const type = check.types.find((info) => info.type === provider.type);
  if (type === undefined)
    check.report(path, `unknown type ${quote(provider.type)}${advice(provider.type, known)}`);
  return type ?? null;
}

function addressOf(
  check: Check,
  id: string,
  provider: FileProvider,
  type: ProviderTypeInfo,
): { readonly base_url: string; readonly local: boolean } | null {
  const path = ['providers', id, 'base_url'];
  const refuse = (message: string): null => {
    check.report(path, message);
    return null;
  };
  const written = provider.base_url ?? type.defaultBaseUrl;
  if (written === null) {
    if (check.isDamaged(path)) return null;
    return refuse(`is missing: a provider of type ${type.type} has no usual address`);
  }
  const address = readBaseUrl(written, type);
  if ('fault' in address) return refuse(address.fault);
  const near = address.host === 'loopback' || address.host === 'private';
  const local = provider.local ?? (type.local || near);
  if (!local && near) return refuse('is a loopback or private address: only a local provider may have one');
  if (!local && address.scheme === 'http') {
    return refuse('http: is for local providers: write https:, or "local": true if this server is your own');
  }
  return { base_url: address.url, local };
}
