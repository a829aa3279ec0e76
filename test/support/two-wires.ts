import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { chatEndpoint } from '../../src/providers/openai-wire/endpoints.ts';
import { openAiWireSettings } from '../../src/providers/openai-wire/settings.ts';
import type { ProviderType } from '../../src/providers/provider-type.ts';
import { sse } from './fake-replies.ts';
import type { Reply } from './fake-upstream.ts';

/** What a fake server is to the gateway. */
export type FakeKind = 'openai_compatible' | 'anthropic' | 'streams_only';

const listOpenAi = PROVIDER_TYPES.find(({ settings }) => settings.type === 'openai_compatible');

/** An engine on the OpenAI wire whose streams alone can be cancelled, as llama-server's are, and nothing else of it. */
const streamsOnly: ProviderType = {
  settings: openAiWireSettings({
    type: 'streams_only',
    name: 'streams only',
    defaultBaseUrl: null,
    endpoints: [chatEndpoint({ unaryAsStream: true })],
  }),
  list: listOpenAi?.list ?? (() => Promise.reject(new Error('no such type'))),
};

export const FAKE_TYPES: readonly ProviderType[] = [...PROVIDER_TYPES, streamsOnly];

/** A lane `main` over fake servers `a`, `b`, … of the given kinds, each with a model `m`. */
export function laneOfKinds(
  servers: readonly { readonly url: string; readonly kind: FakeKind }[],
  lane: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const ids = servers.map((_, index) => String.fromCharCode(97 + index));
  const providers = servers.map(({ url, kind }) => ({
    type: kind,
    base_url: kind === 'anthropic' ? url : `${url}/v1`,
    local: true,
    ...(kind === 'anthropic' ? { api_key: 'env:FAKE_KEY' } : {}),
  }));
  return {
    default_lane: 'main',
    providers: Object.fromEntries(ids.map((id, index) => [id, providers[index]])),
    lanes: { main: { preferred: ids.map((id) => `${id}/m`), ...lane } },
  };
}

export const FAKE_VARIABLES = { FAKE_KEY: 'sk-fake-anthropic' };

/** One block of a fake message. */
export type FakeBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: object };

/** A whole message of the Anthropic wire. */
export function message(content: readonly FakeBlock[], stopReason = 'end_turn'): Record<string, unknown> {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: 7, output_tokens: 3 },
  };
}

/** The same as a stream. */
export function messageStream(content: readonly FakeBlock[], stopReason = 'end_turn'): Reply {
  const { usage, ...rest } = message([], stopReason);
  const start = { ...rest, stop_reason: null, usage: { input_tokens: 7, output_tokens: 1 } };
  const events: object[] = [{ type: 'message_start', message: start }];
  for (const [index, block] of content.entries()) {
    events.push({ type: 'content_block_start', index, content_block: emptied(block) });
    for (const delta of deltas(block)) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  }
  const delta = { stop_reason: stopReason, stop_sequence: null };
  events.push({ type: 'message_delta', delta, usage }, { type: 'message_stop' });
  return sse(events.map((event) => JSON.stringify(event)));
}

function emptied(block: FakeBlock): object {
  switch (block.type) {
    case 'text':
      return { ...block, text: '' };
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'tool_use':
      return { ...block, input: {} };
  }
}

function deltas(block: FakeBlock): object[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'text_delta', text: block.text }];
    case 'thinking':
      return [
        { type: 'thinking_delta', thinking: block.thinking },
        { type: 'signature_delta', signature: block.signature },
      ];
    case 'tool_use':
      return [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }];
  }
}
