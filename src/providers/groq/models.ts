import type { ListModels } from '../provider-type.ts';
import { withControlFetch, PLACEHOLDER_KEY } from '../connection/control-fetch.ts';
import { readUsableModels } from '../openai-wire/models.ts';

/** Reads `/models` through the `groq-sdk`, whose own `models.list` insists on the path `/openai/v1/models`. */
export const listGroq: ListModels = async (connection, signal) => {
  const { Groq } = await import('groq-sdk');
  const body = await withControlFetch(connection, signal, (fetch) => {
    const client = new Groq({
      baseURL: connection.baseUrl,
      apiKey: PLACEHOLDER_KEY,
      maxRetries: 0,
      logLevel: 'off',
      fetch,
    });
    return client.get('/models', { signal });
  });
  return { models: readUsableModels(body), singleModel: false };
};
