import type { ListModels } from '../connection.ts';
import { listByWire, withChatCapabilities } from '../openai-wire/models.ts';

/** Asks for `/models`; `max_model_len` is the window that the server really has (local-engines B1). */
export const listVllm: ListModels = async (connection, signal) =>
  // Structured outputs are part of the server, not of a model (wire-formats 2.1).
  withChatCapabilities(await listByWire(connection, signal), { supports_json_schema: true });
