import { formatModelId, parseModelId } from '../protocol/model-id.ts';
import { didYouMean, isSameWord, nearest, nearestAdvice } from '../util/nearest.ts';
import type { ProviderEntry, Snapshot } from './snapshot.ts';

/**
 * The end of a 404 message for an unknown model name: `; did you mean "ollama/mistral:latest"?`. Recognises a colon
 * instead of the slash, a display name of a provider or model, and another case; else the nearest of `known`. Empty when
 * nothing is similar.
 */
export function modelNameAdvice(name: string, known: Iterable<string>, snapshot: Snapshot): string {
  const meant = fullIdOf(name, snapshot);
  if (meant === null) {
    const shown = idOfDisplayName(name, snapshot);
    return shown === null ? nearestAdvice(name, known) : didYouMean([shown]);
  }
  if (isUsable(meant, snapshot)) return didYouMean([meant]);
  // Its server's list lacks that model: the form is right, but the name may not be.
  const near = nearest(meant, known, 2);
  return didYouMean(meant === name ? near : [meant, ...near]);
}

/** The end of a 404 message for an unknown provider: its id by display name, else the nearest ids. */
export function providerNameAdvice(name: string, snapshot: Snapshot): string {
  const provider = providerNamed(name, snapshot);
  return provider === null ? nearestAdvice(name, snapshot.providers.keys()) : didYouMean([provider.id]);
}

/** The full id that a name with a provider in it means: `ollama:mistral` is `ollama/mistral:latest`. */
function fullIdOf(name: string, snapshot: Snapshot): string | null {
  const [, word = '', rest = ''] = /^([^/:]+)[/:](.+)$/s.exec(name) ?? [];
  const provider = providerNamed(word, snapshot);
  if (provider === null || idOfDisplayName(name, snapshot) !== null) return null;
  const { defaultTag } = provider;
  const id = formatModelId(provider.id, defaultTag === null || rest.includes(':') ? rest : rest + defaultTag);
  return [...snapshot.models.keys()].find((known) => isSameWord(known, id)) ?? id;
}

/** Whether a request may name the model: it is known, or its provider's list was not read yet. */
function isUsable(id: string, { models, providers }: Snapshot): boolean {
  return models.has(id) || providers.get(parseModelId(id)?.provider ?? '')?.listed === false;
}

function idOfDisplayName(name: string, snapshot: Snapshot): string | null {
  const word = parseModelId(name)?.modelId ?? name;
  for (const { id, name: shown } of snapshot.models.values()) {
    if (shown !== null && (isSameWord(shown, name) || isSameWord(shown, word))) return id;
  }
  return null;
}

function providerNamed(name: string, { providers }: Snapshot): ProviderEntry | null {
  const exact = providers.get(name);
  if (exact !== undefined) return exact;
  for (const provider of providers.values()) {
    if (isSameWord(provider.id, name) || isSameWord(provider.name, name)) return provider;
  }
  return null;
}
