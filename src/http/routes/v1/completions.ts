import type { FastifyInstance, FastifySchema } from 'fastify';

import { openAiSurface } from '../../../wire/surfaces/openai.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Completions, as OpenAI has them',
  description: [
    'A text goes on: for code completion in editors, above all. Served by models whose server has the same call; a model',
    'that can only chat is refused with 400, since a chat template around the prompt would change what it sees.',
  ].join('\n'),
  externalDocs: {
    description: 'The wire',
    url: 'https://platform.openai.com/docs/api-reference/completions/create',
  },
};

/** `POST /v1/completions`. */
export function registerCompletions(app: FastifyInstance, ports: HttpPorts): void {
  registerDataPlane(app, ports, '/v1/completions', {
    wire: 'openai-completions',
    surface: openAiSurface,
    bodyExample: { model: 'auto', prompt: 'Once upon a time', max_tokens: 16, stream: false },
    schema: SCHEMA,
  });
}
