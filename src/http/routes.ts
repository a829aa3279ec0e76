import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

import type { ControlPlane } from './control-plane.ts';
import type { HttpPorts } from './ports.ts';
import { registerCapabilities } from './routes/api/capabilities.ts';
import { registerAudit } from './routes/api/audit.ts';
import { registerDebugConfig } from './routes/api/debug/config.ts';
import { registerDebugHealth } from './routes/api/debug/health.ts';
import { registerDebugModels } from './routes/api/debug/models.ts';
import { registerNodeHistory } from './routes/api/debug/models/history.ts';
import { registerNodeSwitch } from './routes/api/debug/models/node.ts';
import { registerNodeRead } from './routes/api/debug/models/read.ts';
import { registerNodeUndo } from './routes/api/debug/models/undo.ts';
import { registerDebugRequests } from './routes/api/debug/requests.ts';
import { registerDebugResolve } from './routes/api/debug/resolve.ts';
import { registerEngines } from './routes/api/engines.ts';
import { registerEvents } from './routes/api/events.ts';
import { registerKeys } from './routes/api/keys.ts';
import { registerModelBar } from './routes/api/models.ts';
import { registerModelSwitch } from './routes/api/models/switch.ts';
import { registerPools } from './routes/api/pools.ts';
import { registerProfiles } from './routes/api/profiles.ts';
import { registerUsage } from './routes/api/usage.ts';
import { registerDocs } from './routes/docs.ts';
import { registerHealth } from './routes/health.ts';
import { registerHome } from './routes/home.ts';
import { registerMetrics } from './routes/metrics.ts';
import { registerChatCompletions } from './routes/v1/chat-completions.ts';
import { registerCompletions } from './routes/v1/completions.ts';
import { registerEmbeddings } from './routes/v1/embeddings.ts';
import { registerMessages } from './routes/v1/messages.ts';
import { registerCountTokens } from './routes/v1/messages/count-tokens.ts';
import { registerModels } from './routes/v1/models.ts';

/** Registers all routes; their files are laid out by URL. */
export function registerRoutes(app: FastifyInstance, ports: HttpPorts): void {
  // First, since it documents the routes registered after it.
  registerDocs(app, ports);
  registerChatCompletions(app, ports);
  registerCompletions(app, ports);
  registerEmbeddings(app, ports);
  registerMessages(app, ports);
  registerCountTokens(app, ports);
  const api: ControlPlane = app.withTypeProvider<ZodTypeProvider>();
  registerHome(api, ports);
  registerHealth(api, ports);
  registerMetrics(api, ports);
  registerModels(api, ports);
  registerDebugModels(api, ports);
  registerNodeRead(api, ports);
  registerNodeSwitch(api, ports);
  registerNodeHistory(api, ports);
  registerNodeUndo(api, ports);
  registerDebugResolve(api, ports);
  registerDebugRequests(api, ports);
  registerDebugConfig(api, ports);
  registerDebugHealth(api, ports);
  registerAudit(api, ports);
  registerUsage(api, ports);
  registerKeys(api);
  registerEngines(api);
  registerPools(api);
  registerProfiles(api);
  registerModelBar(api, ports);
  registerModelSwitch(api, ports);
  registerCapabilities(api, ports);
  registerEvents(api, ports);
}
