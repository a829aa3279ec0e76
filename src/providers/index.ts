import { anthropicType } from './anthropic/settings.ts';
import { detectType } from './detect/settings.ts';
import { groqType } from './groq/settings.ts';
import { llamaCppType } from './llamacpp/settings.ts';
import { ollamaType } from './ollama/settings.ts';
import { openAiCompatibleType } from './openai-compatible/settings.ts';
import { openAiType } from './openai/settings.ts';
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
