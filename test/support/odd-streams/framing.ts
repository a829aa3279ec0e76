import type { Oddity } from './oddity.ts';

type Framing = Oddity<unknown>;

const none = { needs: {}, sharedIds: false };

function ofEvents(name: string, events: (events: readonly string[], turn: number) => string[]): Framing {
  return { ...none, name, events };
}

function ofText(name: string, text: (text: string, turn: number) => string): Framing {
  return { ...none, name, text };
}

/** Rewrites one event, chosen by `turn`. */
function ofOne(name: string, write: (event: string, turn: number) => string): Framing {
  return ofEvents(name, (events, turn) =>
    events.map((event, place) => (place === turn % events.length ? write(event, turn) : event)),
  );
}

function inserted(name: string, added: readonly string[]): Framing {
  return ofEvents(name, (events, turn) => {
    const place = turn % events.length;
    return [...events.slice(0, place), added[turn % added.length]!, ...events.slice(place)];
  });
}

/** JSON over several `data:` lines; line breaks go where JSON allows white space. */
function overLines(event: string): string {
  return event.replace(/^data: (\{.*\})$/m, (_, text: string) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return `data: ${text}`;
    }
    return JSON.stringify(value, null, 1)
      .split('\n')
      .map((line) => `data: ${line}`)
      .join('\n');
  });
}

/** Oddities of the event stream format, shared by both wires. */
export const FRAMING: readonly Framing[] = [
  inserted('comment', [': ping\n\n', ':\n\n', ': data: {"x":1}\n\n']),
  inserted('blank lines', ['\n', '\n\n\n']),
  inserted('event without data', ['event: ping\n\n', 'id: 7\n\n', 'retry: 3000\n\n']),
  ofOne('comment inside an event', (event) => `: note\n${event}`),
  ofOne('id and retry fields', (event) => `id: 7\nretry: 10\n${event}`),
  ofEvents('JSON over several data lines', (events) => events.map(overLines)),
  ofEvents('no space after data:', (events) => events.map((event) => event.replace(/^data: /gm, 'data:'))),
  ofEvents('cut inside the last event', (events, turn) => {
    const last = (events.at(-1) ?? '').trimEnd();
    return [...events.slice(0, -1), last.slice(0, Math.max(1, Math.floor((last.length * turn) / 12)))];
  }),
  ofEvents('no blank line at the end', (events, turn) => {
    const last = (events.at(-1) ?? '').trimEnd();
    return [...events.slice(0, -1), turn % 2 === 0 ? last : `${last}\n`];
  }),
  ofText('line ends CRLF', (text) => text.replaceAll('\n', '\r\n')),
  ofText('line ends CR', (text) => text.replaceAll('\n', '\r')),
  // One kind per event: within a blank line, CR and LF would merge into a single line end.
  ofEvents('line ends of another kind for each event', (events, turn) =>
    events.map((event, place) => event.replaceAll('\n', ['\n', '\r\n', '\r'][(turn + place) % 3]!)),
  ),
  ofText('byte order mark', (text) => `\uFEFF${text}`),
];
