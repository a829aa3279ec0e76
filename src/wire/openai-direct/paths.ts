import type { DirectFormat } from '../../protocol/wire.ts';

/** The paths of direct calls below a base URL that ends in `/v1`. */
export const DIRECT_PATHS: Readonly<Record<DirectFormat, string>> = {
  'openai-moderations': '/moderations',
  'openai-audio-speech': '/audio/speech',
  'openai-audio-transcriptions': '/audio/transcriptions',
  'openai-audio-translations': '/audio/translations',
  'openai-images-generations': '/images/generations',
  'openai-images-edits': '/images/edits',
  'openai-images-variations': '/images/variations',
};
