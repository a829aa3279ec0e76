import { parseModelId, type ModelId } from '../protocol/model-id.ts';
import { nearestAdvice } from '../util/nearest.ts';
import type { GatewayClient } from './client/gateway-client.ts';
import type { ModelsReply } from './client/replies.ts';
import { usageFault } from './exit-codes.ts';

/**
 * The model that an argument names as PROVIDER/MODEL. Throws a `CommandFault` (2) with `message` and similar models if it
 * names no provider.
 */
export async function readModelArgument(
  written: string,
  client: GatewayClient,
  message: string,
): Promise<ModelId> {
  const model = parseModelId(written);
  if (model !== null) return model;
  const { available } = await client.get<ModelsReply>('/api/debug/models');
  const ids = available.map((each) => `${each.provider}/${each.model_id}`);
  throw usageFault(`${message}${nearestAdvice(written, ids)}`);
}
