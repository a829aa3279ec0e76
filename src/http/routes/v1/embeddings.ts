import type { FastifyInstance, FastifySchema } from 'fastify';

import { openAiSurface } from '../../../wire/surfaces/openai.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Embeddings (OpenAI)',
  description: [
    'Returns one vector for each text, or list of token ids, in `input`: as numbers, or with `encoding_format` `base64` as',
    'little-endian single-precision floats. `model` names a model, an alias or a node of kind embeddings; absent or `auto`',
    'selects the node `embeddings`. There is no fallback to a lane, since vectors of different models cannot be compared.',
  ].join('\n'),
  externalDocs: {
    description: 'API reference',
    url: 'https://platform.openai.com/docs/api-reference/embeddings/create',
  },
};

/** `POST /v1/embeddings`. */
export function registerEmbeddings(app: FastifyInstance, ports: HttpPorts): void {
  registerDataPlane(app, ports, '/v1/embeddings', {
    wire: 'openai-embeddings',
    surface: openAiSurface,
    bodyExample: { model: 'auto', input: ['The first text.', 'The second.'] },
    schema: SCHEMA,
  });
}
