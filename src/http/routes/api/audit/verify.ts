import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import { auditCheckSchema, auditCheckView } from '../../../views/audit-entry.ts';

/** `GET /api/audit/verify`: verifies the hash chain of the audit, as `laneway audit verify` does. */
export function registerAuditVerify(app: ControlPlane, { store }: HttpPorts): void {
  app.get(
    '/api/audit/verify',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['operations'],
        summary: 'Whether the hash chain of the audit log is intact',
        description: 'Reads the whole log, in the thread of the reports.',
        response: { 200: auditCheckSchema },
      },
    },
    async () => auditCheckView(await store.verifyAudit()),
  );
}
