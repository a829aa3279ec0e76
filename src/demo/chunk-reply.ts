import type { Decision, PracticeCall } from './decide.ts';
import { wordsOf } from './practice-models.ts';
import type { PracticeRequest } from './read-request.ts';

/** What one chunk of a stream adds to the message; each counts as one token. */
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

/** An answer piece by piece, and why it ends. */
export interface ChunkedReply {
  readonly deltas: readonly Delta[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
}

/** Characters of JSON in one piece. */
const FRAGMENT = /.{1,12}/gsu;

/** Spells an answer out, as far as the request's limit and stop strings let it; `number` is the answer's own. */
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

/** Id and name once and first, then the arguments in fragments (wire-formats 2.3). */
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

/** The message that the pieces make up. */
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
