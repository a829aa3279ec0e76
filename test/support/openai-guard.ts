import type { NormalizeContext } from '../../src/wire/openai-chat/normalize/context.ts';
import type { UsageWish } from '../../src/wire/openai-chat/normalize/state.ts';
import { OpenAiGuard } from '../../src/wire/openai-chat/stream/guard.ts';
import { DONE, relay } from './wire.ts';

/** Ids in tests: the same letter over and over, another one for each id. */
export function contextOf(changes: Partial<NormalizeContext> = {}): NormalizeContext {
  let calls = 0;
  const random = (): number => ((10 + Math.floor(calls++ / 24)) % 36) / 36;
  return { model: 'asked-model', generateIds: false, wall: () => 1_800_000_000_999, random, ...changes };
}

/** The n-th id that is made with `contextOf`, from 0. */
export function madeId(prefix: string, n = 0): string {
  return prefix + 'abcdefghij'.charAt(n).repeat(24);
}

/** A guard whose client asked for the usage of its stream. */
export function guardOf(
  options: { trusted?: boolean; usage?: UsageWish; context?: Partial<NormalizeContext> } = {},
): OpenAiGuard {
  const { trusted = false, usage = 'once', context = {} } = options;
  return new OpenAiGuard({ trusted, usage, context: contextOf(context) });
}

/** What comes out of a guard, event by event: parsed, or text where it is no JSON. `[DONE]` is left out. */
export function mended(events: readonly string[], guard: OpenAiGuard = guardOf()): unknown[] {
  const { output, state } = relay(guard, events);
  if (state !== 'complete')
    throw new Error(`the stream is ${state}: ${guard.fault?.message ?? ''}\n${output}`);
  if (!output.endsWith(DONE)) throw new Error(`no end mark: ${output}`);
  return parsed(output.slice(0, -DONE.length));
}

/** The events of a stream: parsed, or as text where they are no JSON. */
export function parsed(output: string): unknown[] {
  return output
    .split('\n\n')
    .filter((text) => text !== '')
    .map((text) => (text.startsWith('data: {') ? (JSON.parse(text.slice(6)) as unknown) : text));
}

/** The choices of mended chunks, those without any left out. */
export function choicesOf(chunks: readonly unknown[]): unknown[] {
  return (chunks as { choices: unknown[] }[]).flatMap(({ choices }) => choices);
}

/** The deltas of mended chunks. */
export function deltasOf(chunks: readonly unknown[]): unknown[] {
  return (choicesOf(chunks) as { delta: unknown }[]).map(({ delta }) => delta);
}
