import { suggestion, type Check } from './check.ts';
import { readBaseUrl } from './base-url.ts';
import type { ProviderConfig } from '../config.ts';
import { quote } from '../faults.ts';
import { nearest } from '../../util/nearest.ts';
import type { ProviderTypeInfo } from '../../protocol/provider-type.ts';
import type { FileProvider } from '../schema/schema.ts';

/** Provider ids are the part of a model id before the first slash, and appear in headers. */
const PROVIDER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Validates the providers and fills in the defaults of their types; faulty ones are skipped. */
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
    check.report(
      path,
      'a provider id must start with a letter or digit and contain only letters, digits, ".", "_" and "-", at most 64 characters',
    );
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
    const usual = known.includes(id)
      ? `write "type": ${quote(id)}`
      : `known types: ${known.join(', ')}${otherProvider(check, id)}`;
    if (!check.isDamaged(path)) check.report(path, `missing; ${usual}`);
    return null;
  }
  const type = check.types.find((info) => info.type === provider.type);
  if (type === undefined) {
    const near = nearest(provider.type, known, 1).length > 0;
    const general = near
      ? ''
      : '; for any server with an OpenAI API write "openai_compatible" and its base_url';
    check.report(path, `unknown type ${quote(provider.type)}${general}${suggestion(provider.type, known)}`);
  }
  return type ?? null;
}

/** A provider without a type was often meant to change another one: that one's id, as a question. */
function otherProvider({ file }: Check, id: string): string {
  const typed = Object.entries(file.providers).flatMap(([each, { type }]) =>
    type === undefined ? [] : [each],
  );
  // Any two ids of a letter or two are similar.
  const [near] = id.length < 3 ? [] : nearest(id, typed, 1);
  return near === undefined ? '' : `; did you mean provider ${quote(near)}?`;
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
    return refuse(
      `missing; type ${type.type} has no default address; write the URL of the server, such as https://host${type.basePath}`,
    );
  }
  const address = readBaseUrl(written, type);
  if ('fault' in address) return refuse(address.fault);
  const near = address.host === 'loopback' || address.host === 'private';
  const local = provider.local ?? (type.local || near);
  if (!local && near) return refuse('loopback and private addresses are allowed for local providers only');
  if (!local && address.scheme === 'http') {
    return refuse(
      'http: is allowed for local providers only; use https:, or set "local": true if this is your own server',
    );
  }
  return { base_url: address.url, local };
}
