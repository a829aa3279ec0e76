import type { FastifyInstance, FastifySchema } from 'fastify';

import { anthropicSurface } from '../../../../wire/surfaces/anthropic.ts';
import { registerDataPlane } from '../../../data-plane.ts';
import type { HttpPorts } from '../../../ports.ts';

const SCHEMA: FastifySchema = {
  tags: ['data plane'],
  summary: 'Token count of a request (Anthropic)',
  description: [
    'Counted by the server of the model that would answer, if it can; else an estimate that errs on the high side, marked',
    'with `tokens_estimated` in `x-laneway-warnings`.',
  ].join('\n'),
  externalDocs: {
    description: 'API reference',
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
