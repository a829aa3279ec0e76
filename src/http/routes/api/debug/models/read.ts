import { z } from 'zod';

import type { ControlPlane } from '../../../../control-plane.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { assignmentSubject } from '../../../../subject.ts';
import { outlookWarnings } from '../../../../switch-request.ts';
import { assignmentSchema, subjectView } from '../../../../views/assignment.ts';
import { warningSchema } from '../../../../views/shapes.ts';
import { currentSources } from '../../../../views/switched.ts';
import { rejectCallName } from './call-name.ts';

const shownSchema = assignmentSchema.extend({
  node: z.string().describe('The node, or `lane:NAME`.'),
  generation: z.int(),
  warnings: z.array(warningSchema).describe('Why its target cannot answer now, and who does.'),
});

/** `GET /api/debug/models/{node}`: the assignment of one node, or of `lane:NAME`. */
export function registerNodeRead(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;
  app.get(
    '/api/debug/models/:node',
    {
      config: { role: 'admin' },
      onRequest: rejectCallName,
      schema: {
        tags: ['debug'],
        summary: 'The assignment of a node or of lane:NAME',
        params: z.object({ node: z.string() }),
        response: { 200: shownSchema },
      },
    },
    (request) => {
      const shown = assignmentSubject(request.params.node, registry);
      const { generation } = registry.snapshot;
      const warnings = outlookWarnings(shown, null, ports);
      return { node: shown.subject, generation, ...subjectView(shown, currentSources(ports)), warnings };
    },
  );
}
