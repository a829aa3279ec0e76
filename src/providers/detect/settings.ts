import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { detectAndList, type Candidate } from './models.ts';

/**
 * A server whose type is detected from its responses: the URL of an environment lane without a backend. These settings
 * apply until its first listing; they declare that it answers to any name, so that a request waits for that listing.
 * The listing then carries the settings of the detected type (`ofDetectedType`).
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
  const candidate = ({ list, settings: typical }: ProviderType): Candidate => ({
    list,
    settings: { ...typical, basePath, endpoints: typical.endpoints.map((each) => belowV1(each)) },
  });
  const candidates = { llamaCpp: candidate(llamaCpp), other: candidate(openAiCompatible) };
  return { settings, list: detectAndList(candidates) };
}

/** Without `/v1` in the path, which the base URL has for both types. */
function belowV1<Each extends { readonly path: string }>(endpoint: Each): Each {
  return { ...endpoint, path: endpoint.path.replace(/^\/v1(?=\/)/, '') };
}
