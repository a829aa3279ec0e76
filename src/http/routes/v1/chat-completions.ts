import type { FastifyContextConfig, FastifyInstance, FastifySchema } from 'fastify';

import { execute } from '../../../execution/execute.ts';
import { Job } from '../../../execution/job.ts';
import { openAiChatClient } from '../../../wire/openai-chat/client.ts';
import { takeOver } from '../../arrival.ts';
import type { HttpPorts } from '../../ports.ts';

const NO_BODY: Buffer = Buffer.alloc(0);

const CONFIG: FastifyContextConfig = {
  role: 'client',
  bodyExample: { model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }], stream: false },
};

/** For `/docs` alone: the body stays bytes and is judged by the wire. */
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
  const { admission } = ports.execution;
  app.post('/v1/chat/completions', { config: CONFIG, schema: SCHEMA }, (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
    const hold = admission.hold(body.length);
    const arrival = takeOver(request, reply, openAiChatClient, hold, ports);
    // It never rejects, and answers by itself.
    void execute(new Job(arrival, body, ports.clock.now()), ports.execution);
  });
}
