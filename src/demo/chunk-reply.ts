import type { Decision, PracticeCall } from './decide.ts';
import { wordsOf } from './practice-models.ts';
import type { PracticeRequest } from './read-request.ts';

/** What one stream chunk adds to the message; each counts as one token. */
export interface Delta {
  readonly content?: string;
  readonly tool_calls?: readonly [CallDelta];
}

interface CallDelta {
  readonly index: number;
  readonly id?: string;
  readonly type?: 'function';
  readonly function: { readonly name?: string; readonly arguments: string };
}

/** An answer in chunks, and its finish reason. */
export interface ChunkedReply {
  readonly deltas: readonly Delta[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
}

/** JSON is split into fragments of at most 12 characters. */
const FRAGMENT = /.{1,12}/gsu;

/** Splits an answer into chunks, up to the request's limit and stop strings; `number` makes its call ids unique. */
export function chunkReply(decision: Decision, request: PracticeRequest, number: number): ChunkedReply {
  const deltas = deltasOf(decision, request, number);
  const limit = request.maxTokens ?? deltas.length;
  if (deltas.length > limit) return { deltas: deltas.slice(0, limit), finishReason: 'length' };
  return { deltas, finishReason: decision.type === 'calls' ? 'tool_calls' : 'stop' };
}

function deltasOf(decision: Decision, { stop }: PracticeRequest, number: number): readonly Delta[] {
  switch (decision.type) {
    case 'text':
      return wordsOf(untilStop(decision.text, stop)).map((content) => ({ content }));
    case 'json':
      return fragments(untilStop(decision.text, stop)).map((content) => ({ content }));
    case 'calls':
      return decision.calls.flatMap((call, index) =>
        callDeltas(call, index, `call_practice_${number}_${index}`),
      );
  }
}

/** As OpenAI does: id and name once in the first delta, then the arguments in fragments. */
function callDeltas({ name, arguments: json }: PracticeCall, index: number, id: string): readonly Delta[] {
  const first: Delta = { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] };
  const rest = fragments(json).map((piece): Delta => ({
    tool_calls: [{ index, function: { arguments: piece } }],
  }));
  return [first, ...rest];
}

function untilStop(whole: string, stop: readonly string[]): string {
  const ends = stop.map((end) => whole.indexOf(end)).filter((index) => index >= 0);
  return ends.length === 0 ? whole : whole.slice(0, Math.min(...ends));
}

function fragments(json: string): readonly string[] {
  return json.match(FRAGMENT) ?? [];
}

/** The message that the chunks add up to. */
export function wholeMessage(deltas: readonly Delta[]): object {
  const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = [];
  let content = '';
  for (const { content: piece, tool_calls: called } of deltas) {
    content += piece ?? '';
    for (const { index, id, function: part } of called ?? []) {
      calls[index] ??= { id: id ?? '', type: 'function', function: { name: part.name ?? '', arguments: '' } };
      calls[index].function.arguments += part.arguments;
    }
  }
  const message = { role: 'assistant', content: calls.length > 0 ? null : content, refusal: null };
  return calls.length === 0 ? message : { ...message, tool_calls: calls };
}
