import { z } from 'zod';

import { GatewayError } from '../../../protocol/errors.ts';
import { findTarget } from '../../../routing/fitness.ts';
import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import { activeModel, capabilitiesSchema, capabilitiesView } from '../../views/model-bar.ts';
import { sourcesFor } from './models.ts';

const querySchema = z.strictObject({
  provider: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
});

/** `GET /api/capabilities`: known capabilities of the active model, or of the one named. */
export function registerCapabilities(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/capabilities',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['model bar'],
        summary: 'Known capabilities of the active model, or of a named one',
        querystring: querySchema,
        response: { 200: capabilitiesSchema },
      },
    },
    (request) => {
      const { provider, model } = request.query;
      const sources = sourcesFor(request, ports);
      if (provider === undefined && model === undefined) return capabilitiesView(activeModel(sources));
      if (provider === undefined || model === undefined) {
        const param = provider === undefined ? 'provider' : 'model';
        throw new GatewayError('invalid_body', 'set both "provider" and "model", or neither', { param });
      }
      return capabilitiesView(findTarget(provider, model, sources.snapshot, 'model'));
    },
  );
}
