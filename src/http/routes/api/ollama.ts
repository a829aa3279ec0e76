import type { FastifyInstance, FastifySchema } from 'fastify';

import { ollamaSurface } from '../../../wire/surfaces/ollama.ts';
import { registerDataPlane, type DataPlaneRoute } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const REFERENCE = 'https://github.com/ollama/ollama/blob/main/docs/api.md';

/** The calls of models, by path. */
const CALLS: Readonly<
  Record<string, Pick<DataPlaneRoute, 'wire' | 'bodyExample'> & { schema: FastifySchema }>
> = {
  '/api/chat': {
    wire: 'ollama-chat',
    bodyExample: { model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }], stream: false },
    schema: described('Chat (Ollama)', [
      'Requests and replies follow the API of Ollama, whichever model answers. `model` names a node, a lane, a model or an',
      'alias, as on the OpenAI surface, with or without the tag `:latest`. Unless `stream` is false the reply is a stream of',
      'lines of JSON.',
    ]),
  },
  '/api/generate': {
    wire: 'ollama-generate',
    bodyExample: { model: 'auto', prompt: 'Say hello.', stream: false },
    schema: described('Answer to one prompt (Ollama)', [
      'As a chat of one turn, with `prompt`, `system` and `images`. `raw`, `template`, `context` and `suffix` are rejected.',
    ]),
  },
  '/api/embed': {
    wire: 'ollama-embed',
    bodyExample: { model: 'auto', input: ['The first text.', 'The second.'] },
    schema: described('Embeddings (Ollama)', ['One vector for each text in `input`.']),
  },
  '/api/embeddings': {
    wire: 'ollama-embeddings',
    bodyExample: { model: 'auto', prompt: 'The text.' },
    schema: described('Embedding of one text (Ollama)', [
      'The older call: one vector for the text in `prompt`.',
    ]),
  },
};

/** `POST /api/chat`, `/api/generate`, `/api/embed` and `/api/embeddings`: Ollama's calls of models. */
export function registerOllamaCalls(app: FastifyInstance, ports: HttpPorts): void {
  for (const [path, call] of Object.entries(CALLS)) {
    registerDataPlane(app, ports, path, { ...call, surface: ollamaSurface, anyBodyType: true });
  }
}

function described(summary: string, lines: readonly string[]): FastifySchema {
  const externalDocs = { description: 'API reference', url: REFERENCE };
  return { tags: ['ollama'], summary, description: lines.join('\n'), externalDocs };
}
