import type { CallState, ChoiceState } from './state.ts';

/**
 * The call that a delta continues; null when it begins a new one. A new id begins a call only together with a name
 * (older vLLM generates an id for every delta) or when the previous arguments are complete. Where ids do not
 * distinguish calls, a name begins a call once the previous call has its arguments.
 */
export function callOf(
  state: ChoiceState,
  upstreamIndex: number | null,
  id: string | null,
  name: string | null,
  hasText: boolean,
): CallState | null {
  const { calls } = state;
  if (id !== null) {
    const sharing = calls.filter((call) => call.upstreamId === id);
    const same = sharing.find((call) => call.upstreamIndex === upstreamIndex) ?? sharing[0];
    if (same !== undefined && continuesCall(same, upstreamIndex, name, hasText)) return same;
  }
  const latest = upstreamIndex === null ? calls.at(-1) : latestOf(calls, upstreamIndex);
  if (latest === undefined) return null;
  if (name === null) {
    const isAnother = id !== null && latest.upstreamId !== null && hasText && isJson(latest.text);
    return isAnother ? null : latest;
  }
  if (latest.name === '') return latest;
  if (id !== null && latest.id !== null) return null;
  // Where calls have ids, a name without one continues the previous name.
  if (!latest.hasArguments && latest.id !== null) return latest;
  if (latest.delta === state.callDeltas) return null;
  if (!latest.hasArguments) return !latest.opened || name === latest.name ? latest : null;
  return name === latest.name && !(hasText && isJson(latest.text)) ? latest : null;
}

/** Does a delta with the id of this call continue it? Some servers give all calls the same id. */
function continuesCall(
  call: CallState,
  upstreamIndex: number | null,
  name: string | null,
  hasText: boolean,
): boolean {
  if (hasText && isJson(call.text)) return false;
  if (name === null) return true;
  if (upstreamIndex !== null && call.upstreamIndex !== upstreamIndex) return false;
  return !call.opened || name === call.name;
}

/**
 * Is this name a further fragment of the call's name? Before the arguments begin, another name can only be that; a call
 * without a name is not opened and its arguments wait (case 59).
 */
export function isNameFragment(call: CallState, name: string | null): boolean {
  return name !== null && name !== call.name && (!call.hasArguments || call.name === '');
}

/** The last call with this index of the upstream. */
export function latestOf(calls: readonly CallState[], upstreamIndex: number): CallState | undefined {
  for (let position = calls.length - 1; position >= 0; position -= 1) {
    const call = calls[position];
    if (call?.upstreamIndex === upstreamIndex) return call;
  }
  return undefined;
}

/** Is this text a whole JSON object, so that nothing can follow? */
export function isJson(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
