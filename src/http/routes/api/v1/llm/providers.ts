import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { ChangeNote } from '../../../../../registry/reload.ts';
import type { ProviderValues } from '../../../../../registry/providers/stored-providers.ts';
import type { ControlPlane } from '../../../../control-plane.ts';
import { requireGeneration } from '../../../../if-match.ts';
import type { HttpPorts } from '../../../../ports.ts';
import { keySchema, providerIdSchema } from '../../../../provider-key.ts';
import { providerSchema, providerView } from '../../../../views/provider.ts';

/** The values of a provider that a call may set; null goes back to what the files say. */
export const providerFields = {
  name: z.string().trim().min(1).max(200).nullish(),
  base_url: z.string().trim().min(1).max(2_000).nullish(),
  api_key: keySchema
    .nullish()
    .describe('Write-only: a key, which is stored encrypted; or `env:NAME` or `secret:NAME`. null: no key.'),
  local: z.boolean().nullish(),
  enabled: z.boolean().nullish(),
};

/** A type of provider; `custom` is the name of older systems for `openai_compatible`. */
export const typeSchema = z.string().min(1).max(100);

const createSchema = z.strictObject({
  id: providerIdSchema,
  type: typeSchema.describe('`openai`, `anthropic`, `ollama`, …; `custom` is `openai_compatible`.'),
  ...providerFields,
});

/** `GET` and `POST /api/v1/llm/providers`: all providers; adds one. */
export function registerProviders(app: ControlPlane, ports: HttpPorts): void {
  const { configuration, providers } = ports;

  app.get(
    '/api/v1/llm/providers',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'All configured providers, without their keys',
        response: { 200: z.object({ providers: z.array(providerSchema) }) },
      },
    },
    () => {
      const layerOf = configuration.layers();
      const entries = Object.entries(configuration.current().providers);
      return { providers: entries.map(([id, provider]) => providerView(id, provider, layerOf, ports)) };
    },
  );

  app.post(
    '/api/v1/llm/providers',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['configuration service'],
        summary: 'Add a provider, or lay an entry over one of the configuration files',
        body: createSchema,
        response: { 201: providerSchema },
      },
    },
    async (request, reply) => {
      const { id, ...values } = request.body;
      await providers.add(id, given(values), noteOf(request, ports));
      return reply.code(201).send(shownProvider(id, ports));
    },
  );
}

/** One provider. Throws `provider_not_found`. */
export function shownProvider(id: string, ports: HttpPorts): z.infer<typeof providerSchema> {
  ports.providers.requireKnown(id);
  const { configuration } = ports;
  const provider = configuration.current().providers[id];
  if (provider === undefined) throw new Error(`provider ${id} is not configured`);
  return providerView(id, provider, configuration.layers(), ports);
}

/** The values of a body that are there. */
export function given(values: {
  readonly [Key in keyof ProviderValues]: ProviderValues[Key] | undefined;
}): ProviderValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Who changes the configuration, and the generation that `If-Match` requires. Throws `generation_mismatch`. */
export function noteOf(request: FastifyRequest, { registry }: Pick<HttpPorts, 'registry'>): ChangeNote {
  return {
    actor: request.actor,
    ifGeneration: requireGeneration(request, registry.snapshot.generation),
  };
}
