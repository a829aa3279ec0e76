import { formatModelId } from '../../protocol/model-id.ts';
import { withDefaultTag, withTag } from '../schema/canonicalize.ts';
import { looksLikeKey, shownText } from './conversion.ts';
import { plain, type Known } from './known.ts';

/** Where an older file names a model: what it means without a provider depends on that. */
export type Place = 'local' | 'cloud';

/** A full model id, or why there is none. */
export type FoundModel = { readonly id: string } | { readonly fault: string };

/** Tags of Ollama's models: `latest`, a size, a quantization. */
const TAG = /^(?:latest|\d+(?:\.\d+)?[bm](?:-.*)?|v?\d+(?:\.\d+)*|q\d.*|instruct.*|chat.*)$/i;

/**
 * The full id of a model that an older file names: `openai:gpt-4o-mini`, `openai/gpt-4o-mini`, the name of a configured
 * model, or the name of a model of Ollama with or without a tag.
 */
export function findModel(written: string, place: Place, known: Known): FoundModel {
  const name = written.trim();
  if (name === '') return { fault: 'is empty' };
  if (looksLikeKey(name)) return { fault: 'looks like a key, which must not be in a file' };
  const own = withProvider(name, place, known);
  if (own !== null) return { id: withTag(own, known.tags) };
  const configured = configuredModel(name, known);
  if (configured !== null) return { id: configured };
  if (place === 'cloud') return { fault: cloudFault(name, known) };
  const ollama = known.firstOfType('ollama') ?? known.providerNamed('ollama');
  if (ollama === null) return { fault: 'no provider of type ollama is configured; add one under providers' };
  const tag = known.types.find(({ type }) => type === 'ollama')?.defaultTag;
  return { id: withDefaultTag(formatModelId(ollama, name), tag) };
}

/** For a name that begins with a configured provider. */
function withProvider(name: string, place: Place, known: Known): string | null {
  const [, prefix = '', separator = '', rest = ''] = /^([^:/]+)([:/])(.+)$/.exec(name) ?? [];
  const provider = known.providerNamed(prefix);
  if (provider === null) return null;
  // `mistral:latest` is a model of Ollama, even where Mistral's API is configured.
  const isType = known.types.some(({ type }) => plain(type) === plain(prefix));
  if (separator === ':' && place === 'local' && !isType && TAG.test(rest)) return null;
  return formatModelId(provider, rest);
}

/** The one configured model with this name; null when there is none or several. */
function configuredModel(name: string, known: Known): string | null {
  const found = known.modelsNamed(name);
  return found.length === 1 ? withTag(found[0] ?? '', known.tags) : null;
}

function cloudFault(name: string, { providers }: Known): string {
  const prefix = /^([^:/]+)[:/]/.exec(name)?.[1];
  const list = `configured providers: ${providers.join(', ')}`;
  if (prefix === undefined) return `names no provider; write it as openai:${name} (${list})`;
  return `no provider ${shownText(prefix)} is configured; add it under providers in user_models.json, and run this again (${list})`;
}
