import { z } from 'zod';

import { GatewayError } from '../../../protocol/errors.ts';
import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import { keySchema } from '../../provider-key.ts';
import { noteOf } from './v1/llm/providers.ts';

const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** A secret that names another key would be sent to servers as it is written. */
const valueSchema = keySchema
  .regex(/^(?!(?:env|secret):)/, 'must be the key itself, not a reference such as env:NAME')
  .describe('Write-only.');

const params = z.object({ name: z.string() });

const listSchema = z.object({
  secrets: z.array(
    z.object({
      name: z.string().describe('`provider:ID` is the key that a call has set for a provider.'),
      version: z.int().describe('One more with each change of the value.'),
      readable: z.boolean().describe('false: it cannot be decrypted; set it again.'),
    }),
  ),
});

/** `GET /api/secrets`, and `PUT` and `DELETE …/{name}`. */
export function registerSecrets(app: ControlPlane, ports: HttpPorts): void {
  const { secrets } = ports;

  app.get(
    '/api/secrets',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['secrets'],
        summary: 'The names of all stored secrets, never their values',
        response: { 200: listSchema },
      },
    },
    () => ({ secrets: secrets.list().map(({ name, version, readable }) => ({ name, version, readable })) }),
  );

  app.put(
    '/api/secrets/:name',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['secrets'],
        summary: 'Store a secret encrypted, for "api_key": "secret:NAME"',
        params,
        body: z.strictObject({ value: valueSchema }),
        response: { 200: z.object({ name: z.string(), version: z.int(), generation: z.int() }) },
      },
    },
    async (request) => {
      const name = secretName(request.params.name);
      const { version, generation } = await secrets.set(name, request.body.value, noteOf(request, ports));
      return { name, version, generation };
    },
  );

  app.delete(
    '/api/secrets/:name',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['secrets'],
        summary: 'Remove a secret',
        params,
        querystring: z.strictObject({
          force: z.stringbool().default(false).describe('Also if it is the key of a provider.'),
        }),
        response: { 204: z.null().describe('Removed.') },
      },
    },
    async (request, reply) => {
      const { force } = request.query;
      const name = secretName(request.params.name);
      await secrets.remove(name, { force, ...noteOf(request, ports) });
      return reply.code(204).send(null);
    },
  );
}

/** Throws `invalid_body` for what cannot be the name of a secret; it may be a key, so the message does not repeat it. */
function secretName(name: string): string {
  if (SECRET_NAME.test(name)) return name;
  const message = name.startsWith('provider:')
    ? 'the key of a provider is changed with the provider: PATCH /api/v1/llm/providers/ID {"api_key": …}'
    : 'the name of a secret must start with a letter or "_" and contain only letters, digits and "_", at most 128 characters';
  throw new GatewayError('invalid_body', message, { param: 'name' });
}
