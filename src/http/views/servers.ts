import { z } from 'zod';

import type { Engines } from '../../engines/engines.ts';

/** The field `servers` of a provider. */
export const serversSchema = z
  .array(z.string())
  .nullable()
  .describe(
    'Addresses of the servers that Laneway runs for it itself; empty: none serves now. null: it runs none, and the server is at `base_url`.',
  );

/** Where the servers of a provider listen that Laneway runs for it. */
export function serversView(
  providerId: string,
  engines: Pick<Engines, 'serverAddresses'>,
): z.infer<typeof serversSchema> {
  const addresses = engines.serverAddresses(providerId);
  return addresses === null ? null : [...addresses];
}
