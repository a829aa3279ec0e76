import type { ProviderCheckResult } from '../protocol/provider-check.ts';
import { anthropicType } from './anthropic/settings.ts';
import { detectType } from './detect/settings.ts';
import { groqType } from './groq/settings.ts';
import { llamaCppType } from './llamacpp/settings.ts';
import { ollamaType } from './ollama/settings.ts';
import { openAiCompatibleType } from './openai-compatible/settings.ts';
import { openAiType } from './openai/settings.ts';
import type { ConfiguredProvider } from './build-providers.ts';
import type { CheckOptions } from './check-providers.ts';
import type { ProviderType } from './provider-type.ts';
import { vllmType } from './vllm/settings.ts';

/** The only list of provider types. A new type is a folder and a line here. Importing this loads no SDK. */
export const PROVIDER_TYPES: readonly ProviderType[] = [
  openAiType,
  anthropicType,
  groqType,
  openAiCompatibleType,
  vllmType,
  llamaCppType,
  ollamaType,
  detectType(llamaCppType, openAiCompatibleType),
];

/** `checkProviders` of check-providers.ts with these types, for the command line; loaded when it is first called. */
export async function checkAllTypes(
  configured: Readonly<Record<string, ConfiguredProvider>>,
  options: Omit<CheckOptions, 'types'>,
): Promise<readonly ProviderCheckResult[]> {
  const { checkProviders } = await import('./check-providers.ts');
  return checkProviders(configured, { types: PROVIDER_TYPES, ...options });
}
