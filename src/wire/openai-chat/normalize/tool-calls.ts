import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { isCutShort } from './finish.ts';
import { newId } from './new-id.ts';
import type { NormalizeContext, MutableJson, Rule } from './rule.ts';
import type { CallState, ChoiceState } from './state.ts';

const NO_ARGUMENTS = '{}';
/** Where the text of a call stands. */
const TEXT_KEYS = { function: 'arguments', custom: 'input' } as const;

/**
 * Tool calls are numbered 0, 1, 2… in the order in which they begin; the first delta of each has id, type, name and
 * arguments, the later ones only number and arguments. openai-node's `.stream()` throws on a missing number or a gap,
 * openai-python joins a repeated id or name to itself. Where the first delta lacks one of them, or may hold half a name,
 * the call is held until its arguments begin.
 */
export const callDeltas: Rule = {
  name: 'tool calls numbered, and opened once',
  cases: [55, 56, 57, 58, 59, 60, 77],
  choice: (_choice, delta, state, stream) => {
    const { tool_calls: given } = delta;
    if (!Array.isArray(given) || given.length === 0) return false;
    state.callDeltas += 1;
    const entries: MutableJson[] = [];
    let changed = false;
    for (const entry of given as readonly unknown[]) {
      if (isJsonObject(entry) && takeCanonical(entry, state)) {
        entries.push(entry);
      } else {
        changed = true;
        if (isJsonObject(entry)) takeOther(entry, state, entries, stream.context);
      }
    }
    if (changed) delta['tool_calls'] = entries.length > 0 ? entries : undefined;
    return changed;
  },
};

/**
 * A call that never had arguments gets `{}` before its choice finishes: the AI SDK hands the empty text to the tool
 * otherwise. One that broke off at the length limit stays as it is (case 64). What is still held is released; a call
 * that never had a name is a fault, since nobody can carry it out and its arguments would be lost.
 */
export const callEnds: Rule = {
  name: 'no call without arguments',
  cases: [59, 61, 64],
  choice: (choice, delta, state, stream) => {
    const { finish_reason: finish } = choice;
    if (finish === null || state.calls.length === 0) return false;
    const isWhole = !isCutShort(finish);
    const entries: MutableJson[] = [];
    for (const call of state.calls) {
      if (call.name === '') {
        if (call.text === '') continue;
        throw new WireFault('malformed', 'the stream holds a tool call without a name');
      }
      const lacks = isWhole && call.kind === 'function' && !call.hasArguments;
      if (!call.opened) {
        if (lacks) call.text = NO_ARGUMENTS;
        entries.push(openCall(call, state, stream.context));
      } else if (lacks) {
        entries.push({ index: call.index, function: { arguments: NO_ARGUMENTS } });
      }
      if (lacks) call.hasArguments = true;
    }
    if (entries.length === 0) return false;
    const { tool_calls: given } = delta;
    delta['tool_calls'] = Array.isArray(given) ? [...(given as unknown[]), ...entries] : entries;
    return true;
  },
};

/** The calls of a whole reply: each has an id, a type, and arguments that are text. */
export const wholeCalls: Rule = {
  name: 'the calls of a whole reply are whole',
  cases: [61, 77],
  message: (choice, message, context) => {
    const { tool_calls: calls } = message;
    if (!Array.isArray(calls) || calls.length === 0) return false;
    const isCut = isCutShort(choice['finish_reason']);
    let changed = false;
    for (const call of calls as readonly unknown[]) {
      if (isJsonObject(call) && completeCall(call, isCut, context)) changed = true;
    }
    return changed;
  },
};

function completeCall(call: MutableJson, isCut: boolean, context: NormalizeContext): boolean {
  let changed = false;
  if (filledString(call['id']) === null) {
    call['id'] = newId('call_', context.random);
    changed = true;
  }
  const { function: called } = call;
  if (!isJsonObject(called)) return changed;
  if (filledString(call['type']) === null) {
    call['type'] = 'function';
    changed = true;
  }
  const given = called['arguments'];
  const text = argumentsText(given) ?? '';
  const whole = text === '' && !isCut ? NO_ARGUMENTS : text;
  if (whole === given) return changed;
  call['function'] = { ...called, arguments: whole };
  return true;
}

/** Takes a delta that is as OpenAI writes it; false, and nothing taken, when it is not. */
function takeCanonical(entry: MutableJson, state: ChoiceState): boolean {
  const { index, function: called } = entry;
  if (typeof index !== 'number' || !isJsonObject(called)) return false;
  const { arguments: text } = called;
  if (typeof text !== 'string') return false;
  const { calls } = state;
  if (index === calls.length) {
    const name = filledString(called['name']);
    const id = filledString(entry['id']);
    if (name === null || id === null || entry['type'] !== 'function') return false;
    for (const call of calls) if (call.id === id || !call.opened) return false;
    const call = newCall(state, index, 'function');
    Object.assign(call, { id, upstreamId: id, name, opened: true });
    note(call, text, state);
    return true;
  }
  const call = calls[index];
  if (call?.opened !== true || call.kind !== 'function' || latestOf(calls, index) !== call) return false;
  if (entry['id'] !== undefined || entry['type'] !== undefined || called['name'] !== undefined) return false;
  note(call, text, state);
  return true;
}

/** Takes any other delta: puts what is to go out of it into `entries`. */
function takeOther(
  entry: MutableJson,
  state: ChoiceState,
  entries: MutableJson[],
  context: NormalizeContext,
): void {
  const { function: called, custom, id, type, ...others } = entry;
  const payload = isJsonObject(custom) ? custom : isJsonObject(called) ? called : {};
  const { name: givenName, arguments: given, input, ...rest } = payload;
  const name = filledString(givenName);
  const text = argumentsText(given) ?? argumentsText(input) ?? '';
  const upstreamIndex = typeof entry['index'] === 'number' ? entry['index'] : null;
  const upstreamId = filledString(id);
  const call =
    callOf(state, upstreamIndex, upstreamId, name, text.trim() !== '') ??
    newCall(state, upstreamIndex, isJsonObject(custom) ? 'custom' : 'function');
  // An id that another call has already is none.
  if (!state.calls.some((other) => other.id === upstreamId)) call.id ??= upstreamId;
  call.upstreamId ??= upstreamId;
  const moreOfName = isMoreOfName(call, name) ? name : null;
  call.name += moreOfName ?? '';
  note(call, text, state);
  if (call.opened) {
    const { kind, index } = call;
    const named = moreOfName === null ? {} : { name: moreOfName };
    entries.push({ ...others, index, [kind]: { ...rest, ...named, [TEXT_KEYS[kind]]: text } });
    return;
  }
  Object.assign(call.held, others, type === undefined ? {} : { type });
  Object.assign(call.heldPayload, rest);
  if (call.hasArguments) openUpTo(call, state, entries, context);
}

/**
 * The call that a delta belongs to; null when it begins a new one. A new id begins a call only together with a name, as
 * older vLLM makes an id for every delta, or when the arguments before are whole. Where ids say nothing, a name begins
 * one when the call before has its arguments.
 */
function callOf(
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
    if (same !== undefined && goesOn(same, upstreamIndex, name, hasText)) return same;
  }
  const latest = upstreamIndex === null ? calls.at(-1) : latestOf(calls, upstreamIndex);
  if (latest === undefined) return null;
  if (name === null) {
    const isAnother = id !== null && latest.upstreamId !== null && hasText && isJson(latest.text);
    return isAnother ? null : latest;
  }
  if (latest.name === '') return latest;
  if (id !== null && latest.id !== null) return null;
  // Where ids are given, a name without one goes on with the name before.
  if (!latest.hasArguments && latest.id !== null) return latest;
  if (latest.delta === state.callDeltas) return null;
  if (!latest.hasArguments) return !latest.opened || name === latest.name ? latest : null;
  return name === latest.name && !(hasText && isJson(latest.text)) ? latest : null;
}

/** Does a delta with the id of this call belong to it? Some servers give all calls one id. */
function goesOn(
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
 * Arguments have not begun, so that another name can only be the rest of one that comes in pieces; before the call is
 * opened they wait for it (case 59).
 */
function isMoreOfName(call: CallState, name: string | null): boolean {
  return name !== null && name !== call.name && (!call.hasArguments || call.name === '');
}

function latestOf(calls: readonly CallState[], upstreamIndex: number): CallState | undefined {
  for (let place = calls.length - 1; place >= 0; place -= 1) {
    const call = calls[place];
    if (call?.upstreamIndex === upstreamIndex) return call;
  }
  return undefined;
}

function newCall(state: ChoiceState, upstreamIndex: number | null, kind: CallState['kind']): CallState {
  const call: CallState = {
    index: state.calls.length,
    upstreamIndex,
    kind,
    id: null,
    upstreamId: null,
    name: '',
    opened: false,
    hasArguments: false,
    text: '',
    held: {},
    heldPayload: {},
    delta: state.callDeltas,
  };
  state.calls.push(call);
  return call;
}

function note(call: CallState, text: string, state: ChoiceState): void {
  call.delta = state.callDeltas;
  if (text === '') return;
  call.hasArguments = true;
  call.text += text;
}

/** Opens a call and those before it, since calls begin in their order; one without a name holds up the others. */
function openUpTo(
  last: CallState,
  state: ChoiceState,
  entries: MutableJson[],
  context: NormalizeContext,
): void {
  for (const call of state.calls) {
    if (call.name === '') return;
    if (!call.opened) entries.push(openCall(call, state, context));
    if (call === last) return;
  }
}

/** The first delta of a call, with everything that was held of it. */
function openCall(call: CallState, state: ChoiceState, context: NormalizeContext): MutableJson {
  call.index = state.calls.filter(({ opened }) => opened).length;
  call.opened = true;
  const { held, heldPayload, kind, name, index, text, id } = call;
  return {
    ...held,
    index,
    id: id ?? newId('call_', context.random),
    type: filledString(held['type']) ?? kind,
    [kind]: { ...heldPayload, name, [TEXT_KEYS[kind]]: text },
  };
}

/** Arguments as text: some servers send the object itself. Null when there are none. */
export function argumentsText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : null;
}

function isJson(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
