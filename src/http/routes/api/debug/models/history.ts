import { z } from 'zod';

import type { ControlPlane } from '../../../../control-plane.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { assignmentSubject } from '../../../../subject.ts';
import { auditEntry, auditPageSchema, auditQuerySchema } from '../../../../views/audit-entry.ts';

/** `GET /api/debug/models/{node}/history`: the audit of one node, or of `lane:NAME`. */
export function registerNodeHistory(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/debug/models/:node/history',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Changes to a node or to lane:NAME, newest first',
        params: z.object({ node: z.string() }),
        querystring: auditQuerySchema,
        response: { 200: auditPageSchema },
      },
    },
    async (request) => {
      const { subject } = assignmentSubject(request.params.node, ports.registry);
      const { limit, before } = request.query;
      const page = await ports.store.listAudit({ limit, before: before ?? null, subject });
      return { entries: page.entries.map(auditEntry), next: page.next };
    },
  );
}
