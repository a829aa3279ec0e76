import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import { isInstalled, type ModelState, type ProviderState } from '../provider-state.ts';
import type { StartedEngine } from '../started-engine.ts';

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

function fixOf({ id, type, started }: ProviderState, model: string): string {
  if (type === 'ollama') {
    return `set OLLAMA_CONTEXT_LENGTH=${AGENT_WINDOW} in Ollama's environment, or in user_models.json {"models": {"${id}/${model}": {"params": {"num_ctx": ${AGENT_WINDOW}}}}}`;
  }
  if (started !== null) return startedFix(started, id, model);
  if (type === 'vllm')
    return `start vLLM with --max-model-len ${AGENT_WINDOW}, or give agents a smaller limit`;
  if (type === 'llamacpp') {
    return `start llama-server with -c ${AGENT_WINDOW}, times its slots (-np), or give agents a smaller limit`;
  }
  return 'start the server with a larger context, or give agents a smaller limit';
}

/** Where Laneway starts the server, the window is in Laneway's own configuration (docs/engines.md). */
function startedFix(started: StartedEngine, id: string, model: string): string {
  const smaller = 'or give agents a smaller limit';
  if (started.by === 'start') {
    const option = started.command.includes('vllm') ? '--max-model-len' : '-c';
    return `set ${option} ${AGENT_WINDOW} in "engine.start" of ${id}, or in the container that it starts, ${smaller}`;
  }
  const command = started.by === 'command' ? started.command : null;
  const window = AGENT_WINDOW * (command === null ? 1 : slotsOf(command));
  const lacks = command?.some((part) => part.includes('{context}')) === false;
  const first = lacks ? `write "-c", "{context}" into "engine.command" of ${id}, and ` : '';
  const entry = `{"models": {"${id}/${model}": {"context": ${window}}}}`;
  return `${first}set in user_models.json ${entry}, if the model has such a window, and load it again; ${smaller}`;
}

/** llama-server shares its window among its slots, unless their cache is one (`--kv-unified`). */
function slotsOf(command: readonly string[]): number {
  if (command.some((part) => part === '-kvu' || part === '--kv-unified')) return 1;
  const at = command.findLastIndex((part) => part === '-np' || part === '--parallel');
  const slots = at < 0 ? 1 : Number(command[at + 1]);
  return Number.isInteger(slots) && slots > 0 ? slots : 1;
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
