import type { FastifyInstance, FastifySchema } from 'fastify';

import { anthropicSurface } from '../../../wire/surfaces/anthropic.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Chat, as Anthropic has it',
  description: [
    'Requests and replies are those of the Messages API, whatever the model that answers. `model` names a node, a lane, a',
    'model or an alias, as on the OpenAI surface. A model of Anthropic gets the request byte for byte, but for its own',
    'name and defaults, with `anthropic-version` and `anthropic-beta`.',
  ].join('\n'),
  externalDocs: { description: 'The wire', url: 'https://platform.claude.com/docs/en/api/messages' },
};

/** `POST /v1/messages`, the Anthropic surface of chat; with any query, such as Claude Code's `?beta=true`. */
export function registerMessages(app: FastifyInstance, ports: HttpPorts): void {
  registerDataPlane(app, ports, '/v1/messages', {
    wire: 'anthropic-messages',
    surface: anthropicSurface,
    bodyExample: {
      model: 'auto',
      max_tokens: 256,
      messages: [{ role: 'user', content: 'Say hello.' }],
      stream: false,
    },
    schema: SCHEMA,
  });
}
