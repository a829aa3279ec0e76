// The shapes of the API's replies, derived from the schemas that the gateway serves them by.
import type { z } from 'zod';

import type { modelListSchema } from '../../http/routes/api/debug/models.ts';
import type { assignmentSchema, availableModelSchema } from '../../http/views/assignment.ts';
import type { auditCheckSchema, auditEntrySchema, auditPageSchema } from '../../http/views/audit-entry.ts';
import type { engineSchema } from '../../http/views/engine.ts';
import type { capabilitiesSchema, modelBarSchema } from '../../http/views/model-bar.ts';
import type { nodeConfigSchema } from '../../http/views/node-config.ts';
import type {
  activationPreviewSchema,
  exportReplySchema,
  profileListSchema,
} from '../../http/views/profiles.ts';
import type { poolSchema } from '../../http/views/pool.ts';
import type { providerSchema } from '../../http/views/provider.ts';
import type { resolvedSchema } from '../../http/views/plan.ts';
import type { requestSummarySchema, requestTraceSchema } from '../../http/views/request-trace.ts';
import type { dryRunSchema, switchedSchema } from '../../http/views/switched.ts';
import type { usageSchema } from '../../http/views/usage.ts';

/** Reply of `GET /api/debug/models`. */
export type ModelList = z.infer<typeof modelListSchema>;
/** A node or lane with what is assigned to it. */
export type Assignment = z.infer<typeof assignmentSchema>;
/** A model that a node can be switched to. */
export type AvailableModel = z.infer<typeof availableModelSchema>;
/** Reply of a switch. */
export type Switched = z.infer<typeof switchedSchema>;
/** Reply of a dry run. */
export type DryRun = z.infer<typeof dryRunSchema>;
/** One change in the history of a node. */
export type AuditEntry = z.infer<typeof auditEntrySchema>;
/** Reply of `GET /api/models`. */
export type ModelBar = z.infer<typeof modelBarSchema>;
/** Reply of `GET /api/capabilities`. */
export type Capabilities = z.infer<typeof capabilitiesSchema>;
/** A request in the list. */
export type RequestSummary = z.infer<typeof requestSummarySchema>;
/** One request with its phases, plan and attempts. */
export type RequestTrace = z.infer<typeof requestTraceSchema>;
/** The plan that a request would have now. */
export type Resolved = z.infer<typeof resolvedSchema>;
/** A configured provider, without its key. */
export type Provider = z.infer<typeof providerSchema>;
/** A node as the configuration service shows it. */
export type NodeConfig = z.infer<typeof nodeConfigSchema>;
/** Reply of `GET /api/profiles`. */
export type ProfileList = z.infer<typeof profileListSchema>;
/** What the activation of a profile would change. */
export type ActivationPreview = z.infer<typeof activationPreviewSchema>;
/** A profile as a file that can be imported. */
export type ExportedProfile = z.infer<typeof exportReplySchema>;
/** Reply of `GET /api/audit`. */
export type AuditPage = z.infer<typeof auditPageSchema>;
/** Reply of `GET /api/audit/verify`. */
export type AuditCheck = z.infer<typeof auditCheckSchema>;
/** Reply of `GET /api/usage`. */
export type Usage = z.infer<typeof usageSchema>;
/** A local server whose models Laneway can load and unload, or only observes. */
export type Engine = z.infer<typeof engineSchema>;
/** Memory that engines share. */
export type Pool = z.infer<typeof poolSchema>;
