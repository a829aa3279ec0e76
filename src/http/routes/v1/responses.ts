import type { FastifyInstance, FastifySchema } from 'fastify';

import { responsesSurface } from '../../../wire/surfaces/responses.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Responses (OpenAI)',
  description: [
    'Requests and replies follow the Responses API, whichever model answers. Nothing is stored: each request contains the',
    'whole conversation in `input`, and fields that refer to a stored one (`previous_response_id`, `conversation`, `prompt`,',
    '`background`) are rejected with 400. `model` names a node, a lane, a model or an alias, as for chat completions.',
  ].join('\n'),
  externalDocs: {
    description: 'API reference',
    url: 'https://platform.openai.com/docs/api-reference/responses/create',
  },
};

/** `POST /v1/responses`: chat for clients of OpenAI's Responses API. */
export function registerResponses(app: FastifyInstance, ports: HttpPorts): void {
  registerDataPlane(app, ports, '/v1/responses', {
    wire: 'openai-responses',
    surface: responsesSurface,
    bodyExample: { model: 'auto', input: 'Say hello.', stream: false },
    schema: SCHEMA,
  });
}
