import { SLOW_CALL_MS, type GatewayClient } from '../client/gateway-client.ts';
import type { ConfiguredProvider } from '../output/configured-provider-table.ts';

/** A provider after its check. */
export interface CheckedProvider {
  readonly id: string;
  readonly type: string;
  /** Its server has answered, and accepted the key. */
  readonly usable: boolean;
  /** Models in its list; null: not usable, or it has no list. */
  readonly model_count: number | null;
  /** Why it is not usable; null when it is. */
  readonly reason: string | null;
  /** The variable of its key, where that is missing. */
  readonly missing_variable: string | null;
}

interface ValidationReply {
  readonly valid: boolean;
  readonly model_count: number | null;
  readonly error: { readonly message: string } | null;
}

/** Checks all providers of a gateway, which reads their model lists, at the same time. Throws a `CommandFault`. */
export async function checkProviders(client: GatewayClient): Promise<readonly CheckedProvider[]> {
  const path = '/api/v1/llm/providers';
  const { providers } = await client.get<{ readonly providers: readonly ConfiguredProvider[] }>(path);
  return Promise.all(
    providers.map(async ({ id, type, enabled, key }) => {
      const unusable = { id, type, usable: false, model_count: null, missing_variable: null };
      if (!enabled) return { ...unusable, reason: 'disabled' };
      const { valid, model_count, error } = await client.call<ValidationReply>({
        method: 'POST',
        path: `${path}/${encodeURIComponent(id)}/validate`,
        body: {},
        timeoutMs: SLOW_CALL_MS,
      });
      if (valid) return { id, type, usable: true, model_count, reason: null, missing_variable: null };
      const variable = key.set ? null : (/^env:(.+)$/.exec(key.from ?? '')?.[1] ?? null);
      return { ...unusable, reason: error?.message ?? 'not valid', missing_variable: variable };
    }),
  );
}
