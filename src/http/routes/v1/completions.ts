import type { FastifyInstance, FastifySchema } from 'fastify';

import { openAiSurface } from '../../../wire/surfaces/openai.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Text completions (OpenAI)',
  description: [
    'Continues a text, mainly for code completion in editors. Served by models whose server offers the same call; models',
    'that can only chat are rejected with 400, since a chat template around the prompt would change what the model sees.',
  ].join('\n'),
  externalDocs: {
    description: 'API reference',
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
