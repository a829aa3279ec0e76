import { z } from 'zod';

import { requireGeneration } from '../../../if-match.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import {
  assignmentSchema,
  assignmentView,
  availableModels,
  availableModelSchema,
  laneAssignmentView,
} from '../../../views/assignment.ts';
import { currentSources } from '../../../views/switched.ts';

/** Every assignment, and what can be assigned. */
export const modelListSchema = z.object({
  generation: z.int(),
  available: z.array(availableModelSchema),
  assignments: z.record(z.string(), assignmentSchema).describe('By node.'),
  lanes: z
    .record(z.string(), assignmentSchema)
    .describe('By lane; the model is the one that the lane would use now.'),
});

/** `GET /api/debug/models`: the assignment of each node and lane; `POST …/reset`: reverts all to the defaults. */
export function registerDebugModels(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;

  app.get(
    '/api/debug/models',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Assignments of all nodes and lanes, and the models available to them',
        response: { 200: modelListSchema },
      },
    },
    () => {
      const sources = currentSources(ports);
      const { snapshot, health, now } = sources;
      const nodes = byName(snapshot.nodes.values());
      const lanes = byName(snapshot.lanes.values());
      return {
        generation: snapshot.generation,
        available: availableModels(snapshot, health, now),
        assignments: Object.fromEntries(nodes.map((node) => [node.name, assignmentView(node, sources)])),
        lanes: Object.fromEntries(lanes.map((lane) => [lane.name, laneAssignmentView(lane, sources)])),
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

function byName<Entry extends { readonly name: string }>(entries: Iterable<Entry>): Entry[] {
  return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
}
