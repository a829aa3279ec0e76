import type { FastifyInstance, FastifySchema } from 'fastify';

import { responsesSurface } from '../../../wire/surfaces/responses.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Responses (OpenAI)',
  description: [
    'Requests and replies follow the Responses API, whichever model answers. Nothing is stored: each request contains the',
    'whole conversation in `input`. `background` is rejected with 400, and so are fields that refer to a stored conversation',
    '(`previous_response_id`, `conversation`, `prompt`) unless the upstream has this API itself. `model` names a node, a',
    'lane, a model or an alias, as for chat completions.',
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
