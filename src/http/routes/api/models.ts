import type { FastifyRequest } from 'fastify';

import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import type { AssignmentSources } from '../../views/assignment.ts';
import { modelBar, modelBarSchema } from '../../views/model-bar.ts';
import { userOf } from '../../receive/accept-request.ts';

/** `GET /api/models`: one active model, and what it could be, for callers that know nothing of nodes. */
export function registerModelBar(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/models',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['model bar'],
        summary: 'The active model, and every chat model it could be',
        description: 'With the header `x-laneway-user` as that user sees it.',
        response: { 200: modelBarSchema },
      },
    },
    (request) => modelBar(sourcesFor(request, ports)),
  );
}

/** What the asking user's views are made of. */
export function sourcesFor(
  request: FastifyRequest,
  { registry, execution, clock }: HttpPorts,
): AssignmentSources {
  const snapshot = registry.snapshotFor(userOf(request));
  return { snapshot, registry, health: execution.health, now: clock.now() };
}
