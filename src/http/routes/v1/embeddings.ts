import type { FastifyInstance, FastifySchema } from 'fastify';

import { openAiSurface } from '../../../wire/surfaces/openai.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Embeddings, as OpenAI has them',
  description: [
    'One vector for each text, or list of token ids, in `input`; as numbers, or with `encoding_format` `base64` as',
    'little-endian single-precision numbers. `model` names a model, an alias or a node of the kind embeddings; absent or',
    '`auto` is the node `embeddings`. No lane stands in, since vectors of two models cannot be compared.',
  ].join('\n'),
  externalDocs: {
    description: 'The wire',
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
