import { MESSAGES_BLOCK_ODDITIES } from './messages-block-oddities.ts';
import { blockDelta, blockStart, blockStop, setName, type MessagesDraft } from './messages-draft.ts';
import { ANY, odd, type Oddity } from './oddity.ts';

type MessagesOddity = Oddity<MessagesDraft>;

const ERROR = { type: 'overloaded_error', message: 'Overloaded' };
const GARBAGE = [
  'event: content_block_delta\ndata: {"type":\n\n',
  'data: <html>\n\n',
  'data: 7\n\n',
  'event: x\ndata: {"delta":{}}\n\n',
  'proxy error: x\n\n',
];

function message(draft: MessagesDraft): Record<string, unknown> {
  return draft.ofType('message_start')[0]?.message ?? {};
}

const START: readonly MessagesOddity[] = [
  odd('no message_start', ANY, (draft) => {
    draft.remove(draft.ofType('message_start'));
  }),
  odd('message_start late', { text: 1 }, (draft) => {
    const [start] = draft.ofType('message_start');
    if (start === undefined) return;
    draft.remove([start]);
    draft.items.splice(1, 0, start);
  }),
  odd('message_start twice', ANY, (draft, turn) => {
    const [start] = draft.ofType('message_start');
    if (start !== undefined) draft.insertBefore({ ...start }, turn + 1);
  }),
  odd('message_start of another message', ANY, (draft, turn) => {
    const [start] = draft.ofType('message_start');
    const other = { ...start, message: { ...start?.message, id: 'up_2' } };
    if (turn % 3 === 0) draft.insertAfter(other, turn);
    else draft.insertBefore(other, turn + 1);
  }),
  odd('message id empty or missing', ANY, (draft, turn) => {
    if (turn % 2 === 0) message(draft)['id'] = '';
    else delete message(draft)['id'];
  }),
  odd('message_start without a message', ANY, (draft) => {
    for (const event of draft.ofType('message_start')) delete event.message;
  }),
  odd('model missing', ANY, (draft) => {
    delete message(draft)['model'];
  }),
];

const USAGE: readonly MessagesOddity[] = [
  odd('message_start without usage', ANY, (draft, turn) => {
    if (turn % 2 === 0) delete message(draft)['usage'];
    else message(draft)['usage'] = null;
  }),
  odd('message_delta without usage', ANY, (draft, turn) => {
    const finish = draft.finish();
    if (turn % 2 === 0) delete finish?.usage;
    else Object.assign(finish ?? {}, { usage: null });
  }),
  odd('no usage at all', ANY, (draft) => {
    delete message(draft)['usage'];
    delete draft.finish()?.usage;
  }),
  odd('counts null', ANY, (draft, turn) => {
    const counts = { input_tokens: null, cache_read_input_tokens: null };
    const finish = { ...counts, output_tokens: turn % 2 === 0 ? 7 : null };
    Object.assign(draft.finish() ?? {}, { usage: finish });
  }),
  odd('all counts at the end', ANY, (draft) => {
    message(draft)['usage'] = { input_tokens: 0, output_tokens: 0 };
    Object.assign(draft.finish() ?? {}, {
      usage: { input_tokens: 11, cache_creation_input_tokens: 2, output_tokens: 7 },
    });
  }),
];

function reportsError(name: string, errors: readonly string[]): MessagesOddity {
  return odd(name, ANY, (draft, turn) => {
    draft.items.splice(turn % draft.items.length, 0, errors[turn % errors.length]!);
  });
}

const ERRORS: readonly MessagesOddity[] = [
  reportsError('event: error', [
    `event: error\ndata: ${JSON.stringify({ type: 'error', error: ERROR })}\n\n`,
    `event: error\ndata: ${JSON.stringify({ error: ERROR })}\n\n`,
    'event: error\ndata: overloaded\n\n',
    'event: error\n\n',
  ]),
  reportsError('error without its event name', [
    `data: ${JSON.stringify({ type: 'error', error: ERROR })}\n\n`,
    `data: ${JSON.stringify({ error: ERROR })}\n\n`,
    'data: {"error":"overloaded"}\n\n',
    `data: ${JSON.stringify({ object: 'error', message: 'overloaded' })}\n\n`,
  ]),
];

const OTHERS: readonly MessagesOddity[] = [
  odd('ping', ANY, (draft, turn) => {
    draft.items.splice(turn % draft.items.length, 0, { type: 'ping' });
  }),
  odd('unknown event', ANY, (draft, turn) => {
    draft.items.splice(turn % draft.items.length, 0, { type: 'message_progress', progress: 0.5 });
  }),
  odd('events without names', ANY, (draft) => {
    for (const event of draft.parsed) setName(event, null);
  }),
  odd('events of another name', ANY, (draft) => {
    for (const event of draft.parsed) setName(event, 'message');
  }),
];

const FINISH: readonly MessagesOddity[] = [
  odd('usage in a second message_delta', ANY, (draft, turn) => {
    const delta = [{ stop_reason: null, stop_sequence: null }, {}, undefined][turn % 3];
    const second = { type: 'message_delta', usage: { output_tokens: 9 } };
    draft.insertNext(draft.finish(), delta === undefined ? second : { ...second, delta });
  }),
  odd('usage in a message_delta before the stop reason', ANY, (draft) => {
    draft.items.splice(draft.finishPlace(), 0, {
      type: 'message_delta',
      delta: { stop_reason: null },
      usage: { output_tokens: 5 },
    });
  }),
  odd('two stop reasons', ANY, (draft, turn) => {
    const delta = { stop_reason: ['end_turn', 'max_tokens', 'tool_use'][turn % 3], stop_sequence: null };
    draft.insertNext(draft.finish(), { type: 'message_delta', delta, usage: { output_tokens: 7 } });
  }),
  odd('no stop reason', ANY, (draft, turn) => {
    const { delta } = draft.finish() ?? {};
    if (delta === undefined) return;
    if (turn % 3 === 0) delete delta['stop_reason'];
    else delta['stop_reason'] = turn % 3 === 1 ? null : '';
  }),
  odd('no message_delta', ANY, (draft) => {
    draft.remove(draft.ofType('message_delta'));
  }),
  odd('end_turn after calls', { calls: 1, natural: true }, (draft) => {
    Object.assign(draft.finish()?.delta ?? {}, { stop_reason: 'end_turn' });
  }),
  odd('tool_use without a call', { noCalls: true, natural: true }, (draft) => {
    Object.assign(draft.finish()?.delta ?? {}, { stop_reason: 'tool_use' });
  }),
  odd('stop reason of the server’s own', ANY, (draft, turn) => {
    const words = [
      'stop_sequence',
      'pause_turn',
      'model_context_window_exceeded',
      'stop',
      'aborted',
      'length',
      'SAFETY',
      'ended',
    ];
    Object.assign(draft.finish()?.delta ?? {}, { stop_reason: words[turn % words.length] });
  }),
  odd('refusal without details', ANY, (draft) => {
    Object.assign(draft.finish()?.delta ?? {}, { stop_reason: 'refusal', stop_details: null });
  }),
];

const ENDS: readonly MessagesOddity[] = [
  odd('no message_stop', ANY, (draft) => {
    draft.remove(draft.ofType('message_stop'));
  }),
  odd('message_stop twice', ANY, (draft) => {
    draft.items.push({ type: 'message_stop' });
  }),
  odd('message_stop before the stop reason', ANY, (draft, turn) => {
    draft.insertBefore({ type: 'message_stop' }, turn);
  }),
  odd('end mark of the other wire', ANY, (draft, turn) => {
    if (turn % 2 === 0) draft.remove(draft.ofType('message_stop'));
    draft.items.push('data: [DONE]\n\n');
  }),
  odd('end mark of the other wire before the stop reason', ANY, (draft, turn) => {
    draft.insertBefore('data: [DONE]\n\n', turn);
  }),
  odd('nothing after the stop reason', ANY, (draft) => {
    draft.items.length = Math.min(draft.items.length, draft.finishPlace() + 1);
  }),
  odd('garbage after the stop reason', ANY, (draft, turn) => {
    draft.insertAfter(GARBAGE[turn % GARBAGE.length]!, turn % 2);
  }),
  odd('garbage before the stop reason', ANY, (draft, turn) => {
    draft.insertBefore(GARBAGE[turn % GARBAGE.length]!, turn);
  }),
  odd('block after the stop reason', ANY, (draft) => {
    const index = draft.starts().length;
    const block = [
      blockStart(index, { type: 'text', text: '' }),
      blockDelta(index, { type: 'text_delta', text: 'late' }),
      blockStop(index),
    ];
    draft.items.splice(draft.finishPlace() + 1, 0, ...block);
  }),
  odd('cut inside the stop reason', ANY, (draft, turn) => {
    const place = draft.finishPlace();
    const text = draft.events()[place] ?? '';
    draft.items.length = place;
    draft.items.push(text.trimEnd().slice(0, Math.max(1, text.length - 3 - turn * 9)));
  }),
];

export const MESSAGES_ODDITIES: readonly MessagesOddity[] = [
  ...START,
  ...USAGE,
  ...MESSAGES_BLOCK_ODDITIES,
  ...OTHERS,
  ...FINISH,
  ...ERRORS,
  ...ENDS,
];
