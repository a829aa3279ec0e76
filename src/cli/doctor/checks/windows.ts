import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import { isInstalled, type ModelState, type ProviderState } from '../provider-state.ts';

/**
 * The limit that docs/clients.md sets in agents (Codex, opencode): they fill it, and Claude Code sends most of it with
 * its first request.
 */
const AGENT_WINDOW = 32_768;

/** Are the windows of local models smaller than what agents send? */
export const windowsCheck: Check = {
  name: 'windows',
  run: ({ providers, gateway }) => {
    const tooLong = gateway?.details?.tooLong ?? [];
    const reachable = providers.filter(({ enabled, local, error }) => enabled && local && error === null);
    const small = reachable.flatMap((provider) => smallWindows(provider, tooLong));
    if (small.length > 0) return small;
    if (tooLong.length > 0) return [refusedOnly(tooLong)];
    const isKnown = reachable.some(({ models }) =>
      models?.some(({ contextLength }) => contextLength !== null),
    );
    return isKnown ? [ok(`known windows have at least ${number(AGENT_WINDOW)} tokens`)] : [];
  },
};

const SHOWN_MODELS = 3;

function smallWindows(provider: ProviderState, tooLong: readonly string[]): Finding[] {
  const small = (provider.models ?? []).filter(isSmall);
  if (small.length === 0) return [];
  const shown = small
    .slice(0, SHOWN_MODELS)
    .map(({ id, contextLength }) => `${id} (${number(contextLength ?? 0)})`);
  const more = small.length > SHOWN_MODELS ? ` and ${small.length - SHOWN_MODELS} more` : '';
  const windows = `${provider.id}: context windows below the ${number(AGENT_WINDOW)} tokens of agents: ${shown.join(', ')}${more}`;
  const fix = fixOf(provider, small[0]?.id ?? 'MODEL');
  if (tooLong.length === 0) return [warning('window_too_small', windows, fix)];
  return [fault('window_too_small', `${windows}; ${refusedText(tooLong)}`, fix)];
}

/** Embeddings and reranking need no long window. */
function isSmall(model: ModelState): boolean {
  const { kind, contextLength } = model;
  return (
    isInstalled(model) &&
    (kind ?? 'chat') === 'chat' &&
    contextLength !== null &&
    contextLength < AGENT_WINDOW
  );
}

function fixOf({ id, type }: ProviderState, model: string): string {
  if (type === 'ollama') {
    return `set OLLAMA_CONTEXT_LENGTH=${AGENT_WINDOW} in Ollama's environment, or in user_models.json {"models": {"${id}/${model}": {"params": {"num_ctx": ${AGENT_WINDOW}}}}}`;
  }
  if (type === 'vllm')
    return `start vLLM with --max-model-len ${AGENT_WINDOW}, or give agents a smaller limit`;
  if (type === 'llamacpp') {
    return `start llama-server with -c ${AGENT_WINDOW}, times its slots (-np), or give agents a smaller limit`;
  }
  return 'start the server with a larger context, or give agents a smaller limit';
}

function refusedOnly(tooLong: readonly string[]): Finding {
  const fix = 'use a lane with a model of a larger window, or set a smaller limit in the client';
  return fault('window_too_small', refusedText(tooLong), fix);
}

function refusedText(tooLong: readonly string[]): string {
  const latest = tooLong[0] ?? '';
  return `${tooLong.length} of the latest requests were too long for every model (the last is ${latest})`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
