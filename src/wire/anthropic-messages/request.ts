import type { ChatMessage, ChatRequest } from '../../protocol/chat.ts';
import type { Warning } from '../../protocol/wire.ts';
import type { TargetRequest, UpstreamDialect } from '../exchange.ts';
import type { TranslatedRequest } from '../hub.ts';

/** Sent where neither the client nor the catalogue names a limit: the Messages API demands one. */
const ASSUMED_MAX_TOKENS = 4096;

interface TextBlock {
  readonly type: 'text';
  readonly text: string;
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: readonly TextBlock[];
}

/** Writes a chat request as a Messages body, by the table of wire-formats 3.1. */
export function writeMessagesRequest(
  request: ChatRequest,
  target: TargetRequest,
  dialect: UpstreamDialect,
): TranslatedRequest {
  const warnings: Warning[] = [];
  const { system, turns } = splitSystem(request.messages);
  const stop = request.stop.filter((sequence) => sequence.trim() !== '');
  if (stop.length < request.stop.length) warnings.push({ code: 'parameter_dropped', detail: 'stop (blank)' });
  const body = {
    model: target.modelId,
    max_tokens: maxTokens(request, target, warnings),
    ...(system.length === 0 ? {} : { system }),
    messages: turns,
    ...(stop.length === 0 ? {} : { stop_sequences: stop }),
    ...sampling(request, target, dialect, warnings),
    ...(request.user === null ? {} : { metadata: { user_id: request.user } }),
    ...(request.stream ? { stream: true } : {}),
  };
  return { body: Buffer.from(JSON.stringify(body)), warnings };
}

/**
 * System turns become text blocks of `system`, in order and apart from each other, later ones too: only the newest
 * models take them in place. Turns of one role may follow each other; the API merges them.
 */
function splitSystem(messages: readonly ChatMessage[]): { system: TextBlock[]; turns: Turn[] } {
  const system: TextBlock[] = [];
  const turns: Turn[] = [];
  for (const { role, texts } of messages) {
    const content = texts.map(textBlock);
    if (role === 'system') system.push(...content);
    else if (content.length > 0) turns.push({ role, content });
  }
  const last = turns.pop();
  if (last !== undefined) turns.push(...trimPrefill(last));
  return { system, turns };
}

/** An assistant turn at the end is a beginning of the reply, which must not end in white space. */
function trimPrefill(turn: Turn): Turn[] {
  const end = turn.content.at(-1);
  if (turn.role === 'user' || end === undefined) return [turn];
  const trimmed = end.text.trimEnd();
  const content = turn.content.slice(0, -1);
  if (trimmed !== '') content.push(textBlock(trimmed));
  return content.length > 0 ? [{ role: turn.role, content }] : [];
}

function textBlock(text: string): TextBlock {
  return { type: 'text', text };
}

/** The API demands a limit: the client's, else the model's own, else a guess that is told (wire case 101). */
function maxTokens(request: ChatRequest, target: TargetRequest, warnings: Warning[]): number {
  const known = request.maxOutputTokens ?? target.maxOutputTokens;
  if (known !== null) return known;
  warnings.push({ code: 'max_tokens_assumed', detail: String(ASSUMED_MAX_TOKENS) });
  return ASSUMED_MAX_TOKENS;
}

interface Sampling {
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
}

/** Models after Opus 4.6 take no sampling parameters at all (wire case 102); the others not every combination. */
function sampling(
  request: ChatRequest,
  target: TargetRequest,
  dialect: UpstreamDialect,
  warnings: Warning[],
): Sampling {
  const { temperature, topP, topK } = request;
  if (dialect.withoutSampling?.test(target.modelId) === true) {
    const sent = { temperature, top_p: topP, top_k: topK };
    for (const [name, value] of Object.entries(sent)) {
      if (value !== null) warnings.push({ code: 'parameter_dropped', detail: name });
    }
    return {};
  }
  if (temperature !== null && temperature > 1)
    warnings.push({ code: 'parameter_clamped', detail: 'temperature' });
  const both = temperature !== null && topP !== null;
  if (both) warnings.push({ code: 'parameter_dropped', detail: 'top_p' });
  return {
    ...(temperature === null ? {} : { temperature: Math.min(temperature, 1) }),
    ...(topP === null || both ? {} : { top_p: topP }),
    ...(topK === null ? {} : { top_k: topK }),
  };
}
