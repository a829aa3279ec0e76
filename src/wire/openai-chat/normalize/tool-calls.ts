import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { callOf, isNameFragment, latestOf } from './call-identity.ts';
import { argumentsText, listCalls, NO_ARGUMENTS } from './call-values.ts';
import { isCutShort } from './finish.ts';
import { newId } from '../../chat/ids.ts';
import type { MutableJson, NormalizeContext } from './context.ts';
import { ObjectEnd } from './object-end.ts';
import type { Rule } from './rule.ts';
import type { CallState, ChoiceState } from './state.ts';

/** The key of the arguments by kind of call. */
const TEXT_KEYS = { function: 'arguments', custom: 'input' } as const;

/**
 * Tool calls are numbered 0, 1, 2… in the order in which they begin; the first delta of each has id, type, name and
 * arguments, later ones only index and arguments. openai-node's `.stream()` throws on a missing index or a gap,
 * openai-python concatenates repeated ids and names. If the first delta lacks one of them, or may hold part of a name,
 * the call is held until its arguments begin.
 */
export const callDeltas: Rule = {
  name: 'tool calls numbered, and opened once',
  cases: [55, 56, 57, 58, 59, 60, 77],
  choice: (_choice, delta, state, stream) => {
    let changed = listCalls(delta);
    const { tool_calls: given } = delta;
    if (!Array.isArray(given) || given.length === 0) return false;
    state.callDeltas += 1;
    stream.hasCalls = true;
    const entries: MutableJson[] = [];
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
 * A call that never got arguments gets `{}` before its choice finishes: the AI SDK would pass the empty text to the
 * tool. One that was cut at the length limit stays as it is (case 64). Calls that are still held are released; a call
 * that never got a name is a fault, since it cannot be executed and its arguments would be lost.
 */
export const callEnds: Rule = {
  name: 'no call without arguments',
  cases: [59, 61, 64],
  choice: (choice, delta, state, stream) => {
    const { finish_reason: finish } = choice;
    // A call that begins after the finish is sent as it arrives: nothing marks its end.
    if ((finish === null && !state.finished) || state.calls.length === 0) return false;
    const isComplete = finish !== null && !isCutShort(finish);
    const entries: MutableJson[] = [];
    for (const call of state.calls) {
      if (call.name === '') {
        if (call.text === '') continue;
        throw new WireFault('malformed', 'the stream has a tool call without a name');
      }
      const lacksArguments = isComplete && call.kind === 'function' && !call.hasArguments;
      if (!call.opened) {
        if (lacksArguments) call.text = NO_ARGUMENTS;
        entries.push(openCall(call, state, stream.context));
      } else if (lacksArguments) {
        entries.push({ index: call.index, function: { arguments: NO_ARGUMENTS } });
      }
      if (lacksArguments) call.hasArguments = true;
    }
    if (entries.length === 0) return false;
    const { tool_calls: given } = delta;
    delta['tool_calls'] = Array.isArray(given) ? [...(given as unknown[]), ...entries] : entries;
    return true;
  },
};

/** Takes a delta in OpenAI's own format; returns false, without effect, for any other. */
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
    addText(call, text, state);
    return true;
  }
  const call = calls[index];
  if (call?.opened !== true || call.kind !== 'function' || call.isNamedAgain) return false;
  if (latestOf(calls, index) !== call) return false;
  if (entry['id'] !== undefined || entry['type'] !== undefined || called['name'] !== undefined) return false;
  addText(call, text, state);
  return true;
}

/** Takes any other delta and adds what goes out for it to `entries`. */
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
  const known = callOf(state, upstreamIndex, upstreamId, name, text.trim() !== '');
  const repeated = known === null ? nameGivenAgain(state, upstreamIndex) : null;
  const call = known ?? newCall(state, upstreamIndex, isJsonObject(custom) ? 'custom' : 'function');
  // With complete arguments before it, this name is a repetition or the beginning of another call: what follows decides.
  if (known !== null && name === call.name && call.hasArguments) call.isNamedAgain = true;
  // An id that another call already has does not identify this one.
  if (!state.calls.some((other) => other.id === upstreamId)) call.id ??= upstreamId;
  call.upstreamId ??= upstreamId;
  const nameFragment = isNameFragment(call, name ?? repeated) ? (name ?? repeated) : null;
  call.name += nameFragment ?? '';
  addText(call, text, state);
  if (call.opened) {
    const { kind, index } = call;
    const named = nameFragment === null ? {} : { name: nameFragment };
    entries.push({ ...others, index, [kind]: { ...rest, ...named, [TEXT_KEYS[kind]]: text } });
    return;
  }
  Object.assign(call.held, others, type === undefined ? {} : { type });
  Object.assign(call.heldPayload, rest);
  if (call.hasArguments) openUpTo(call, state, entries, context);
}

/** The name of the last call with this index, if it was given again and the arguments of another call follow. */
function nameGivenAgain({ calls }: ChoiceState, upstreamIndex: number | null): string | null {
  const latest = upstreamIndex === null ? calls.at(-1) : latestOf(calls, upstreamIndex);
  return latest?.isNamedAgain === true ? latest.name : null;
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
    isNamedAgain: false,
    argumentsEnd: new ObjectEnd(),
    text: '',
    held: {},
    heldPayload: {},
    delta: state.callDeltas,
  };
  state.calls.push(call);
  return call;
}

/** Text after complete arguments belongs to no call: passed on, it would make those arguments invalid. */
function addText(call: CallState, text: string, state: ChoiceState): void {
  call.delta = state.callDeltas;
  if (text === '') return;
  if (call.kind === 'function') {
    if (call.argumentsEnd.reached && text.trim() !== '')
      throw new WireFault('malformed', 'a tool call continues after its end');
    call.argumentsEnd.push(text);
  }
  call.hasArguments = true;
  call.text += text;
}

/** Opens a call and those before it, since calls begin in order; one without a name holds up the later ones. */
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
