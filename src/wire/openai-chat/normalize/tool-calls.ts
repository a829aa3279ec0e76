import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { newId } from './new-id.ts';
import type { NormalizeContext, MutableJson, Rule } from './rule.ts';
import type { CallState, ChoiceState } from './state.ts';

const NO_ARGUMENTS = '{}';

/**
 * Tool calls are numbered 0, 1, 2… in the order in which they begin; the first delta of each has id, type, name and
 * arguments, the later ones only number and arguments. openai-node's `.stream()` throws on a missing number or a gap,
 * openai-python joins a repeated id or name to itself. A call is opened when its name is whole, which is when a delta
 * has arguments, be they empty; what came of it before is held.
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
    const isWhole = finish === 'stop' || finish === 'tool_calls';
    const entries: MutableJson[] = [];
    for (const call of state.calls) {
      if (call.name === '') {
        if (call.id === null && call.text === '') continue;
        throw new WireFault('malformed', 'the stream holds a tool call without a name');
      }
      const lacks = isWhole && call.kind === 'function' && !call.hasArguments;
      if (!call.opened) {
        if (lacks) call.text = NO_ARGUMENTS;
        entries.push(openCall(call, stream.context));
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
    const isCut = choice['finish_reason'] === 'length';
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
    Object.assign(call, { id, name, opened: true, hasArguments: text !== '' });
    return true;
  }
  const call = calls[index];
  if (call?.opened !== true || latestOf(calls, index) !== call) return false;
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
  const kind = isJsonObject(entry['custom']) ? 'custom' : 'function';
  const key = kind === 'custom' ? 'input' : 'arguments';
  const payload = isJsonObject(entry[kind]) ? entry[kind] : {};
  const name = filledString(payload['name']);
  const text = argumentsText(payload[key]);
  const upstreamIndex = typeof entry['index'] === 'number' ? entry['index'] : null;
  let given = filledString(entry['id']);
  let call = callOf(state, upstreamIndex, given, name);
  if (call === null) {
    // The next call begins, so that the name of the one before is whole.
    for (const other of state.calls)
      if (!other.opened && other.name !== '') entries.push(openCall(other, context));
    // An id that another call has already is none.
    if (state.calls.some(({ id }) => id === given)) given = null;
    call = newCall(state, upstreamIndex, kind);
  }
  if (call.opened) {
    const { id: _id, type: _type, ...others } = entry;
    const { name: _name, ...rest } = payload;
    const more = isMoreOfName(call, name) ? { name } : {};
    call.name += more.name ?? '';
    note(call, text ?? '', state);
    entries.push({ ...others, index: call.index, [kind]: { ...rest, ...more, [key]: text ?? '' } });
    return;
  }
  call.id ??= given;
  if (name !== null && name !== call.name) call.name += name;
  call.held = { ...call.held, ...entry, [kind]: { ...(call.held[kind] as object | undefined), ...payload } };
  note(call, text ?? '', state);
  if (call.name !== '' && text !== null) entries.push(openCall(call, context));
}

/**
 * The call that a delta belongs to; null when it begins a new one. A new id begins a call only together with a name:
 * older vLLM makes an id for every delta. Where ids say nothing, a name does when the call before has its arguments.
 */
function callOf(
  state: ChoiceState,
  upstreamIndex: number | null,
  id: string | null,
  name: string | null,
): CallState | null {
  const { calls } = state;
  if (id !== null) {
    const same = calls.find((call) => call.id === id);
    if (
      same !== undefined &&
      (name === null || upstreamIndex === null || same.upstreamIndex === upstreamIndex)
    )
      return same;
  }
  const latest = upstreamIndex === null ? calls.at(-1) : latestOf(calls, upstreamIndex);
  if (latest === undefined) return null;
  if (name === null || latest.name === '') return latest;
  if (latest.delta === state.callDeltas) return null;
  if (id !== null && latest.id !== null) return null;
  if (!latest.hasArguments) {
    // Where ids are given, a name without one goes on with the name before.
    const goesOn = !latest.opened || name === latest.name || (id === null && latest.id !== null);
    return goesOn ? latest : null;
  }
  return name === latest.name && !isJson(latest.text) ? latest : null;
}

/** Arguments have not begun, so that a name can only be the rest of one that came in pieces (case 59). */
function isMoreOfName(call: CallState, name: string | null): boolean {
  return name !== null && name !== call.name && !call.hasArguments;
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
    name: '',
    opened: false,
    hasArguments: false,
    text: '',
    held: {},
    delta: state.callDeltas,
  };
  state.calls.push(call);
  return call;
}

function note(call: CallState, text: string, state: ChoiceState): void {
  call.delta = state.callDeltas;
  if (text === '') return;
  call.hasArguments = true;
  if (call.id === null || !call.opened) call.text += text;
}

/** The first delta of a call, with everything that was held of it. */
function openCall(call: CallState, context: NormalizeContext): MutableJson {
  call.opened = true;
  const { held, kind, text } = call;
  call.held = {};
  const payload = { ...(held[kind] as object | undefined), name: call.name };
  return {
    ...held,
    index: call.index,
    id: call.id ?? newId('call_', context.random),
    type: filledString(held['type']) ?? kind,
    [kind]: { ...payload, [kind === 'custom' ? 'input' : 'arguments']: text },
  };
}

/** Arguments as text: some servers send the object itself. Null when there are none. */
export function argumentsText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
