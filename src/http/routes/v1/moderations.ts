import type { FastifyInstance } from 'fastify';

import { directSchema, registerDirect } from '../../direct-routes.ts';
import type { HttpPorts } from '../../ports.ts';

/** `POST /v1/moderations`. */
export function registerModerations(app: FastifyInstance, ports: HttpPorts): void {
  registerDirect(app, ports, 'openai-moderations', {
    bodyExample: { model: 'openai/omni-moderation-latest', input: 'A text.' },
    schema: directSchema('Moderation', 'Classifies texts and images.', 'moderations/create'),
  });
}
