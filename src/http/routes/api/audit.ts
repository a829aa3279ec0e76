import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import { auditEntry, auditPageSchema, auditQuerySchema } from '../../views/audit-entry.ts';

/** `GET /api/audit`: the audit of changes, newest first. */
export function registerAudit(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/audit',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['operations'],
        summary: 'The audit log: who changed what, when and why',
        querystring: auditQuerySchema,
        response: { 200: auditPageSchema },
      },
    },
    async (request) => {
      const { limit, before } = request.query;
      const page = await ports.store.listAudit({ limit, before: before ?? null, subject: null });
      return { entries: page.entries.map(auditEntry), next: page.next };
    },
  );
}
