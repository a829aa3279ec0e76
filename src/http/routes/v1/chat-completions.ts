import type { FastifyInstance, FastifySchema } from 'fastify';

import { openAiSurface } from '../../../wire/surfaces/openai.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Chat completions (OpenAI)',
  description: [
    'Requests and replies follow the OpenAI API; unknown fields are passed through. `model` names a node, a lane, a model',
    'or an alias; empty, absent or `auto` selects the default lane. The reply header `x-laneway-target` names the model that',
    'answered. With `stream` the reply is a stream of server-sent events.',
  ].join('\n'),
  externalDocs: {
    description: 'API reference',
    url: 'https://platform.openai.com/docs/api-reference/chat/create',
  },
};

/** `POST /v1/chat/completions`: chat on the OpenAI surface. */
export function registerChatCompletions(app: FastifyInstance, ports: HttpPorts): void {
  registerDataPlane(app, ports, '/v1/chat/completions', {
    wire: 'openai-chat',
    surface: openAiSurface,
    bodyExample: { model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }], stream: false },
    schema: SCHEMA,
  });
}
