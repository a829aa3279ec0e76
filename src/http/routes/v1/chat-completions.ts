import type { FastifyInstance, FastifySchema } from 'fastify';

import { openAiSurface } from '../../../wire/surfaces/openai.ts';
import { registerDataPlane } from '../../data-plane.ts';
import type { HttpPorts } from '../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Chat, as OpenAI has it',
  description: [
    'Requests and replies are those of OpenAI, fields that Laneway does not know included. `model` names a node, a lane,',
    'a model or an alias; empty, absent or `auto` is the default lane. `x-laneway-target` of the reply says which model',
    'answered. With `stream` the reply is server-sent events.',
  ].join('\n'),
  externalDocs: {
    description: 'The wire',
    url: 'https://platform.openai.com/docs/api-reference/chat/create',
  },
};

/** `POST /v1/chat/completions`, the OpenAI surface of chat. */
export function registerChatCompletions(app: FastifyInstance, ports: HttpPorts): void {
  registerDataPlane(app, ports, '/v1/chat/completions', {
    wire: 'openai-chat',
    surface: openAiSurface,
    bodyExample: { model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }], stream: false },
    schema: SCHEMA,
  });
}
