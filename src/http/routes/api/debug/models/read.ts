import { z } from 'zod';

import { GatewayError } from '../../../../../protocol/errors.ts';
import type { Registry } from '../../../../../registry/registry.ts';
import type { ControlPlane } from '../../../../control-plane.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { assignmentSubject } from '../../../../subject.ts';
import { assignmentSchema, subjectView } from '../../../../views/assignment.ts';
import { currentSources } from '../../../../views/switched.ts';

const shownSchema = assignmentSchema.extend({
  node: z.string().describe('The node, or `lane:NAME`.'),
  generation: z.int(),
});

/** `GET /api/debug/models/{node}`: the assignment of one node, or of `lane:NAME`. */
export function registerNodeRead(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;
  app.get(
    '/api/debug/models/:node',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'The assignment of a node or of lane:NAME',
        params: z.object({ node: z.string() }),
        response: { 200: shownSchema },
      },
    },
    (request) => {
      const { node } = request.params;
      rejectCallName(node, registry);
      const shown = assignmentSubject(node, registry);
      const { generation } = registry.snapshot;
      return { node: shown.subject, generation, ...subjectView(shown, currentSources(ports)) };
    },
  );
}

/** `reset` is a call, unless a node has that name. Throws 405. */
function rejectCallName(name: string, { snapshot }: Registry): void {
  if (name !== 'reset' || snapshot.nodes.has(name)) return;
  throw new GatewayError('method_not_allowed', '/api/debug/models/reset accepts POST', { allow: 'POST' });
}
