import type { RequestReply } from '../client/replies.ts';
import type { Colors } from './colors.ts';
import { spanText } from '../../util/span-text.ts';
import { durationText } from './durations.ts';
import type { Output } from './output.ts';
import { cutEnd, cutMiddle } from './shorten-text.ts';

/** A table of requests; `now` is in ms since 1970. */
export function requestTable(requests: readonly RequestReply[], now: number, out: Output): string[] {
  return out.table(requests, [
    {
      title: 'AGE',
      text: ({ started_at: at }) => spanText(now - Date.parse(at)),
      align: 'right',
      dropped: 3,
    },
    { title: 'ID', text: ({ id }) => id },
    {
      title: 'STATE',
      text: ({ state, count = 1 }) => (count > 1 ? `${state} ${count}×` : state),
      color: (text, { state }) => stateColor(state, out.colors)(text),
    },
    { title: 'STATUS', text: ({ status }) => (status === null ? '' : String(status)), dropped: 4 },
    {
      title: 'TOOK',
      text: ({ duration_ms: ms }) => (ms === null ? '' : durationText(ms)),
      align: 'right',
      dropped: 2,
    },
    {
      title: 'FOR',
      text: ({ requested, endpoint }) => requested ?? endpoint ?? '',
      cut: 'middle',
      minWidth: 14,
    },
    { title: 'TARGET OR ERROR', text: answeredBy, cut: 'middle', minWidth: 20, dropped: 1 },
  ]);
}

/** One request on one line, for a list that grows. */
export function requestLine(request: RequestReply, out: Output): string {
  const { started_at: at, id, state, status, duration_ms: ms, requested } = request;
  const start = [at.slice(11, 19), id];
  const end = [
    status === null ? '   ' : String(status),
    (ms === null ? '' : durationText(ms)).padStart(8),
    cutMiddle(requested ?? '', 22).padEnd(22),
  ];
  const used = [...start, state.padEnd(13), ...end].join(' ').length + 1;
  const room = out.width === null ? Infinity : Math.max(out.width - used, 8);
  const by = answeredBy(request);
  const answer = request.target === null ? cutEnd(by, room) : cutMiddle(by, room);
  const colored = stateColor(state, out.colors)(state.padEnd(13));
  return [...start, colored, ...end, answer].join(' ').trimEnd();
}

/** The model that answered, or why none did. */
function answeredBy({ target, error }: RequestReply): string {
  return target ?? error?.code ?? error?.message ?? '';
}

/** Colours the state of a request. */
export function stateColor(state: string, colors: Colors): (text: string) => string {
  if (state === 'settled') return colors.good;
  return state === 'running' || state === 'client_closed' ? colors.warning : colors.bad;
}
