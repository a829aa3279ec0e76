import { formatModelId, parseModelId } from '../protocol/model-id.ts';
import { didYouMean, isSameWord, nearest, nearestAdvice } from '../util/nearest.ts';
import type { ProviderEntry, Snapshot } from './snapshot.ts';

/** The advice, or where nothing is similar, what lists the names. */
function orListed(advice: string): string {
  return advice === '' ? '; GET /v1/models lists the names' : advice;
}

/**
 * The end of a 404 message for an unknown model name: `; did you mean "ollama/mistral:latest"?`. Recognises a colon
 * instead of the slash, a display name of a provider or model, and another case; else the nearest of `known`. Where
 * nothing is similar, what lists the names.
 */
export function modelNameAdvice(name: string, known: Iterable<string>, snapshot: Snapshot): string {
  const meant = fullIdOf(name, snapshot);
  if (meant === null) {
    const shown = idOfDisplayName(name, snapshot);
    return orListed(shown === null ? nearestAdvice(name, known) : didYouMean([shown]));
  }
  if (isUsable(meant, snapshot)) return didYouMean([meant]);
  // Its server's list lacks that model: the form is right, but the name may not be.
  const near = nearest(meant, known, 2);
  return orListed(didYouMean(meant === name ? near : [meant, ...near]));
}

/** The end of a 404 message for an unknown provider: its id by display name, else the nearest ids, else all of them. */
export function providerNameAdvice(name: string, snapshot: Snapshot): string {
  const provider = providerNamed(name, snapshot);
  if (provider !== null) return didYouMean([provider.id]);
  const ids = [...snapshot.providers.keys()];
  const near = nearestAdvice(name, ids);
  if (near !== '' || ids.length === 0) return near;
  const more = ids.length > PROVIDERS_LISTED ? ', …' : '';
  return `; known: ${ids.slice(0, PROVIDERS_LISTED).join(', ')}${more}`;
}

/** The most providers that a message lists; the shipped configuration has fewer. */
const PROVIDERS_LISTED = 20;

/**
 * The end of a 404 message for an unknown node: a lane of that name, else the nearest nodes. `param` is the header that
 * named it, or `model`.
 */
export function nodeNameAdvice(name: string, { nodes, lanes }: Snapshot, param: string): string {
  if (!lanes.has(name)) return orListed(nearestAdvice(name, nodes.keys()));
  return didYouMean([param === 'model' ? `lane:${name}` : `x-laneway-lane: ${name}`]);
}

/** The same for an unknown lane, which may be a node. */
export function laneNameAdvice(name: string, { nodes, lanes }: Snapshot, param: string): string {
  if (!nodes.has(name)) return orListed(nearestAdvice(name, lanes.keys()));
  return didYouMean([param === 'model' ? `node:${name}` : `x-laneway-node: ${name}`]);
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
