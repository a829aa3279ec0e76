import { z } from 'zod';

import { requireGeneration } from '../../../if-match.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import {
  assignmentSchema,
  assignmentView,
  availableModels,
  availableModelSchema,
} from '../../../views/assignment.ts';

const listSchema = z.object({
  generation: z.int(),
  available: z.array(availableModelSchema),
  assignments: z.record(z.string(), assignmentSchema).describe('By node.'),
});

/** `GET /api/debug/models`: the assignment of each node; `POST …/reset`: reverts all to the defaults. */
export function registerDebugModels(app: ControlPlane, ports: HttpPorts): void {
  const { execution, registry, clock } = ports;

  app.get(
    '/api/debug/models',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Assignments of all nodes, and the models available to them',
        response: { 200: listSchema },
      },
    },
    () => {
      const { snapshot } = registry;
      const { health } = execution;
      const now = clock.now();
      const nodes = [...snapshot.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return {
        generation: snapshot.generation,
        available: availableModels(snapshot, health, now),
        assignments: Object.fromEntries(
          nodes.map((node) => [node.name, assignmentView(node, { snapshot, registry, health, now })]),
        ),
      };
    },
  );

  app.post(
    '/api/debug/models/reset',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Remove all global overrides of nodes and lanes; overrides of users are kept',
        body: z.strictObject({}),
        response: { 200: z.object({ reset: z.array(z.string()), generation: z.int() }) },
      },
    },
    async (request) => {
      const ifGeneration = requireGeneration(request, registry.snapshot.generation);
      const { reset, generation } = await registry.reset(request.actor, ifGeneration);
      return { reset: [...reset], generation };
    },
  );
}
