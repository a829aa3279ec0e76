import type { ListModels } from '../provider-type.ts';
import { withControlFetch, notAList, PLACEHOLDER_KEY } from '../connection/control-fetch.ts';
import { elements, fields, flag, known, positive, text } from '../../util/json-fields.ts';
import type { ListedModel } from '../provider.ts';
import { listedRules } from './rules.ts';

/** The largest page that the API allows. */
const PAGE_SIZE = 1000;

/**
 * Reads all pages of `/v1/models` through the `@anthropic-ai/sdk`, with every option set that it would otherwise read
 * from the environment or the user's Anthropic profile. Each entry lists its capabilities.
 */
export const listAnthropic: ListModels = async (connection, signal) => {
  const { Anthropic } = await import('@anthropic-ai/sdk');
  return withControlFetch(connection, signal, async (fetch) => {
    const client = new Anthropic({
      baseURL: connection.baseUrl,
      apiKey: PLACEHOLDER_KEY,
      webhookKey: null,
      openTelemetry: false,
      maxRetries: 0,
      logLevel: 'off',
      fetch,
    });
    const first = await client.models.list({ limit: PAGE_SIZE }, { signal });
    // The SDK accepts any 200 as an empty page.
    const ids = elements(first.data)?.map((entry) => text(fields(entry).id)) ?? [];
    if (ids.length === 0 || ids.includes(null)) throw notAList();
    const models: ListedModel[] = [];
    for await (const entry of first) models.push(...readModel(entry));
    return { models, singleModel: false };
  });
};

/** One entry; none for a retired model, whose requests fail. Old servers omit most fields. */
function readModel(value: unknown): ListedModel[] {
  const entry = fields(value);
  const id = text(entry.id);
  if (id === null || entry.lifecycle === 'retired') return [];
  const supports = (name: string): boolean | null => flag(fields(fields(entry.capabilities)[name]).supported);
  const capabilities = known({
    context_length: positive(entry.max_input_tokens),
    max_output_tokens: positive(entry.max_tokens),
    supports_vision: supports('image_input'),
    supports_json_schema: supports('structured_outputs'),
    supports_reasoning: supports('thinking'),
    supports_tools: true,
  });
  const name = text(entry.display_name);
  return [{ id, name, kind: 'chat', status: 'available', capabilities, rules: listedRules(id, entry) }];
}
