import { z } from 'zod';

import type { ControlPlane } from '../../../../../control-plane.ts';
import type { HttpPorts } from '../../../../../ports.ts';
import { providerModelsSchema, providerModelsView, providerSchema } from '../../../../../views/provider.ts';
import { given, noteOf, providerFields, shownProvider, typeSchema } from '../providers.ts';

const params = z.object({ id: z.string() });

const checkSchema = z.object({
  valid: z.boolean(),
  checked_at: z.string().meta({ format: 'date-time' }),
  latency_ms: z.number(),
  model_count: z.int().nullable().describe('null: not valid, or the server has no model list.'),
  error: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .describe('An error code, or `needs_key` or `disabled`.'),
});

/** `GET`, `PATCH` and `DELETE /api/v1/llm/providers/{id}`. */
export function registerProvider(app: ControlPlane, ports: HttpPorts): void {
  app.get(
    '/api/v1/llm/providers/:id',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'One provider, without its key',
        params,
        response: { 200: providerSchema },
      },
    },
    (request) => shownProvider(request.params.id, ports),
  );

  app.patch(
    '/api/v1/llm/providers/:id',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Change a provider; of one of the configuration files the change is laid over it',
        params,
        body: z.strictObject({ type: typeSchema.nullish(), ...providerFields }),
        response: { 200: providerSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      await ports.providers.patch(id, given(request.body), noteOf(request, ports));
      return shownProvider(id, ports);
    },
  );

  app.delete(
    '/api/v1/llm/providers/:id',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Remove a provider, or the entry over one of the configuration files',
        params,
        querystring: z.strictObject({
          force: z
            .stringbool()
            .default(false)
            .describe('Also if nodes are assigned to it: they go back to their default.'),
        }),
        response: { 204: z.null().describe('Removed.') },
      },
    },
    async (request, reply) => {
      const { force } = request.query;
      await ports.providers.remove(request.params.id, { force, ...noteOf(request, ports) });
      return reply.code(204).send(null);
    },
  );
}

/** `POST …/{id}/validate` and `GET …/{id}/models`: what the server itself says. */
export function registerProviderChecks(app: ControlPlane, ports: HttpPorts): void {
  const { providers, providerRecords: records } = ports;

  app.post(
    '/api/v1/llm/providers/:id/validate',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Check address and key of a provider by reading its model list',
        params,
        body: z.strictObject({}),
        response: { 200: checkSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      providers.requireKnown(id);
      noteOf(request, ports);
      const { checkedAt, latencyMs, modelCount, error } = await records.check(id);
      return {
        valid: error === null,
        checked_at: checkedAt,
        latency_ms: latencyMs,
        model_count: modelCount,
        error,
      };
    },
  );

  app.get(
    '/api/v1/llm/providers/:id/models',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'The models of a provider',
        params,
        querystring: z.strictObject({
          refresh: z
            .stringbool()
            .default(false)
            .describe('Read the list of its server again, for at most 10 s.'),
        }),
        response: { 200: providerModelsSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      providers.requireKnown(id);
      const error = request.query.refresh ? await records.refresh(id) : null;
      return providerModelsView(id, error, ports);
    },
  );
}
