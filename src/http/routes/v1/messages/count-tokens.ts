import type { FastifyInstance, FastifySchema } from 'fastify';

import { anthropicSurface } from '../../../../wire/surfaces/anthropic.ts';
import { registerDataPlane } from '../../../data-plane.ts';
import type { HttpPorts } from '../../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'How many tokens a request would take, as Anthropic has it',
  description: [
    'Asked of the model that would answer, where its server can count; else an estimate that is rather too high, told',
    'as `tokens_estimated` in `x-laneway-warnings`.',
  ].join('\n'),
  externalDocs: {
    description: 'The wire',
    url: 'https://platform.claude.com/docs/en/api/messages-count-tokens',
  },
};

/** `POST /v1/messages/count_tokens`. */
export function registerCountTokens(app: FastifyInstance, ports: HttpPorts): void {
  registerDataPlane(app, ports, '/v1/messages/count_tokens', {
    wire: 'anthropic-count-tokens',
    surface: anthropicSurface,
    bodyExample: { model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }] },
    schema: SCHEMA,
  });
}
