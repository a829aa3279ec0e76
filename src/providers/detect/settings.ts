import { openAiWireSettings } from '../openai-wire/settings.ts';
import type { ProviderType } from '../provider-type.ts';
import { detectAndList, type Kind } from './models.ts';

/** Below a base URL with `/v1`, for both kinds; llama-server has the path without `/v1` as well. */
const CHAT_PATH = '/chat/completions';

/**
 * A server whose type only its own answers tell: the URL of an environment lane without a backend (DESIGN section 3).
 * Until the first answer it counts as one that answers to any name, so that a request waits for the probe; then its
 * settings are those of the type that it turned out to be.
 */
export function detectType(llamaCpp: ProviderType, openAiCompatible: ProviderType): ProviderType {
  const { basePath } = openAiCompatible.settings;
  const settings = openAiWireSettings({
    type: 'detect',
    name: 'OpenAI-compatible server or llama.cpp',
    defaultBaseUrl: null,
    basePath,
    answersAnyName: true,
    chat: { path: CHAT_PATH },
  });
  const kindOf = ({ list, settings: found }: ProviderType): Kind => ({
    list,
    settings: {
      ...found,
      basePath,
      chat: {
        ...found.chat,
        path: CHAT_PATH,
        countTokensPath: found.chat.countTokensPath?.replace(/^\/v1(?=\/)/, '') ?? null,
      },
    },
  });
  const kinds = { llamaCpp: kindOf(llamaCpp), other: kindOf(openAiCompatible) };
  return { settings, list: detectAndList(kinds) };
}
