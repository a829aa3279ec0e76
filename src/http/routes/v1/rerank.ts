import type { FastifyInstance, FastifySchema } from 'fastify';

import { openAiSurface } from '../../../wire/surfaces/openai.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Reranking (Cohere, Jina)',
  description: [
    'Returns a relevance score for each of the `documents`, best first, as the server of the model writes it. `model` names',
    'a model, an alias or a node of kind rerank; absent or `auto` selects the node `rerank`. There is no fallback to a lane,',
    'since scores of different models cannot be compared.',
  ].join('\n'),
  externalDocs: { description: 'API reference', url: 'https://docs.cohere.com/reference/rerank' },
};

/** The paths that clients of Cohere, Jina, vLLM and llama.cpp build from their base URLs. */
const PATHS: readonly string[] = ['/v1/rerank', '/v2/rerank', '/rerank'];

/** `POST /v1/rerank`, also at `/v2/rerank` and `/rerank`. */
export function registerRerank(app: FastifyInstance, ports: HttpPorts): void {
  for (const path of PATHS) {
    registerDataPlane(app, ports, path, {
      wire: 'rerank',
      surface: openAiSurface,
      bodyExample: {
        model: 'auto',
        query: 'A cat',
        documents: ['Cats are animals.', 'Stones fall.'],
        top_n: 1,
      },
      schema: SCHEMA,
    });
  }
}
