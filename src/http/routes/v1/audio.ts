import type { FastifyInstance } from 'fastify';

import { directSchema, registerDirect } from '../../direct-routes.ts';
import type { HttpPorts } from '../../ports.ts';

const FORM = { model: 'openai/whisper-1', file: null };

/** `POST /v1/audio/speech`, `/v1/audio/transcriptions` and `/v1/audio/translations`. */
export function registerAudio(app: FastifyInstance, ports: HttpPorts): void {
  registerDirect(app, ports, 'openai-audio-speech', {
    bodyExample: { model: 'openai/gpt-4o-mini-tts', input: 'Hello.', voice: 'alloy' },
    schema: directSchema(
      'Speech',
      'Reads a text aloud. The audio is passed as it arrives.',
      'audio/createSpeech',
    ),
  });
  registerDirect(app, ports, 'openai-audio-transcriptions', {
    bodyExample: FORM,
    acceptsForms: true,
    schema: directSchema('Transcription', 'Writes down what is said in a file.', 'audio/createTranscription'),
  });
  registerDirect(app, ports, 'openai-audio-translations', {
    bodyExample: FORM,
    acceptsForms: true,
    schema: directSchema('Translation of speech', 'The same, in English.', 'audio/createTranslation'),
  });
}
