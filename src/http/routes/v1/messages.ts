import type { FastifyInstance, FastifySchema } from 'fastify';

import { anthropicSurface } from '../../../wire/surfaces/anthropic.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Messages (Anthropic)',
  description: [
    'Requests and replies follow the Messages API, whichever model answers. `model` names a node, a lane, a model or an',
    'alias, as on the OpenAI surface. Anthropic models receive the request byte for byte, except for the model name and',
    'configured defaults, with `anthropic-version` and `anthropic-beta`.',
  ].join('\n'),
  externalDocs: { description: 'API reference', url: 'https://platform.claude.com/docs/en/api/messages' },
};

/** `POST /v1/messages`: chat on the Anthropic surface. Any query is accepted, such as Claude Code's `?beta=true`. */
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
