import type { DirectFormat } from '../../protocol/wire.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { passDirect } from './pass-direct.ts';
import { scanDirect } from './scan.ts';

/**
 * OpenAI's calls for moderations, audio and images. They go to the one provider that the request names; only the model
 * is read and replaced, body and reply pass as bytes.
 */
export const openAiDirectWires: { readonly [F in DirectFormat]: Wire<F, 'direct', NoDialect> } = {
  'openai-moderations': directWire('openai-moderations'),
  'openai-audio-speech': directWire('openai-audio-speech'),
  'openai-audio-transcriptions': directWire('openai-audio-transcriptions'),
  'openai-audio-translations': directWire('openai-audio-translations'),
  'openai-images-generations': directWire('openai-images-generations'),
  'openai-images-edits': directWire('openai-images-edits'),
  'openai-images-variations': directWire('openai-images-variations'),
};

function directWire<F extends DirectFormat>(format: F): Wire<F, 'direct', NoDialect> {
  return {
    format,
    operation: 'direct',
    // Streams are passed like any other reply.
    framing: null,
    scan: (body, contentType) => scanDirect(format, body, contentType),
    passThrough: (request, { path }, target) => passDirect(request, path, target),
    codec: null,
    isOptional: true,
  };
}
