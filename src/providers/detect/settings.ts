import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { detectAndList, type Kind } from './models.ts';

/**
 * A server whose type only its own answers tell: the URL of an environment lane without a backend. Until the first
 * answer it counts as one that answers to any name, so that a request waits for the probe; then its settings are those
 * of the type that it turned out to be.
 */
export function detectType(llamaCpp: ProviderType, openAiCompatible: ProviderType): ProviderType {
  const { basePath, endpoints } = openAiCompatible.settings;
  const settings = openAiWireSettings({
    type: 'detect',
    name: 'OpenAI-compatible server or llama.cpp',
    defaultBaseUrl: null,
    basePath,
    endpoints,
    answersAnyName: true,
  });
  const kindOf = ({ list, settings: found }: ProviderType): Kind => ({
    list,
    settings: { ...found, basePath, endpoints: found.endpoints.map((each) => belowV1(each)) },
  });
  const kinds = { llamaCpp: kindOf(llamaCpp), other: kindOf(openAiCompatible) };
  return { settings, list: detectAndList(kinds) };
}

/** The base URL has `/v1` for both kinds, so the paths have none. */
function belowV1<Each extends { readonly path: string }>(endpoint: Each): Each {
  return { ...endpoint, path: endpoint.path.replace(/^\/v1(?=\/)/, '') };
}
