import type { FastifyInstance } from 'fastify';

import { execute } from '../../../execution/execute.ts';
import { Job } from '../../../execution/job.ts';
import { openAiChatClient } from '../../../wire/openai-chat/client.ts';
import { takeOver } from '../../arrival.ts';
import type { HttpPorts } from '../../ports.ts';

const NO_BODY: Buffer = Buffer.alloc(0);

/** `POST /v1/chat/completions`, the OpenAI surface of chat. */
export function registerChatCompletions(app: FastifyInstance, ports: HttpPorts): void {
  const { admission } = ports.execution;
  app.post('/v1/chat/completions', (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
    const hold = admission.hold(body.length);
    const arrival = takeOver(request, reply, openAiChatClient, hold, ports);
    // It never rejects, and answers by itself.
    void execute(new Job(arrival, body, ports.clock.now()), ports.execution);
  });
}
