import type { FastifyRequest } from 'fastify';

import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import type { AssignmentSources } from '../../views/assignment.ts';
import { modelBar, modelBarSchema } from '../../views/model-bar.ts';
import { currentSources } from '../../views/switched.ts';
import { userOf } from '../../receive/accept-request.ts';

/** `GET /api/models`: the active model and its alternatives, for callers unaware of nodes. */
export function registerModelBar(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/models',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['model bar'],
        summary: 'The active model, and all chat models to choose from',
        description: 'With the header `x-laneway-user`, the model that is active for that user.',
        response: { 200: modelBarSchema },
      },
    },
    (request) => modelBar(sourcesFor(request, ports), ports.engines.pools()),
  );
}

/** The current sources for views, with the overrides of the request's user. */
export function sourcesFor(request: FastifyRequest, ports: HttpPorts): AssignmentSources {
  return { ...currentSources(ports), snapshot: ports.registry.snapshotFor(userOf(request)) };
}
