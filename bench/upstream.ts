// The fake upstream of the bench, in a process of its own: canned answers over raw sockets, so that it costs a few
// microseconds a request and never limits what is measured. Prints its port on the first line.
//   POST with "stream":true and "events=200;gap=20;kind=plain;" in its user → that many such events, that many ms apart
//     (0: as fast as they are read)
//   POST else → a completion of 1.1 KB, in the wire of its "kind=…;" if it has one · GET → a model list
import { createServer, type Socket } from 'node:net';
import { MESSAGE, OLLAMA_REPLY, RESPONSE } from './other-wires.ts';
import { COMPLETION, EVENTS, type StreamKind } from './payload.ts';
import { varyingEvents } from './varying-events.ts';

const json = (body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);
const UNARY = json(COMPLETION);
const OTHER_UNARY: ReadonlyMap<string, Buffer> = new Map([
  ['messages', json(MESSAGE)],
  ['responses', json(RESPONSE)],
  ['ollama', json(OLLAMA_REPLY)],
]);
const MODELS = json(
  Buffer.from(
    JSON.stringify({
      object: 'list',
      data: [{ id: 'bench-model', object: 'model', created: 0, owned_by: 'bench' }],
    }),
  ),
);
const streamHead = (type: string): Buffer =>
  Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`);
const STREAM_HEAD = streamHead('text/event-stream');
const LINES_HEAD = streamHead('application/x-ndjson');
const chunked = (text: string): Buffer =>
  Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
const always = (kind: StreamKind): (() => Buffer) => {
  const content = chunked(EVENTS[kind].content);
  return () => content;
};
/** The next content event of a stream. */
const CONTENT: Readonly<Record<StreamKind, () => Buffer>> = {
  plain: always('plain'),
  varying: varyingEvents(chunked),
  mended: always('mended'),
  messages: always('messages'),
  responses: always('responses'),
  ollama: always('ollama'),
};
const END = Buffer.from('0\r\n\r\n');

function answer(socket: Socket, request: Buffer): void {
  if (request[0] === 0x47 /* G */) {
    socket.write(MODELS);
    return;
  }
  // a body is headed by what the bench asks for and a translated one ends with it: a long one need not be searched
  const ends = request.toString('latin1', 0, 2048) + request.toString('latin1', request.length - 256);
  if (!ends.includes('"stream":true')) {
    const kind = /kind=(\w+);/.exec(ends)?.[1] ?? 'plain';
    socket.write(OTHER_UNARY.get(kind) ?? UNARY);
    return;
  }
  const [, events, gap, kind] = /events=(\d+);gap=(\d+);kind=(\w+);/.exec(ends) ?? [];
  // a gateway that meters appends its wish wherever it likes, so the whole of a stream's request is searched
  const usage = request.includes('"include_usage":true');
  stream(socket, Number(events ?? 10), Number(gap ?? 0), (kind ?? 'plain') as StreamKind, usage);
}

function stream(socket: Socket, events: number, gapMs: number, kind: StreamKind, usage: boolean): void {
  const head = kind === 'ollama' ? LINES_HEAD : STREAM_HEAD;
  socket.write(Buffer.concat([head, chunked(EVENTS[kind].first)]));
  const end = (): void => {
    const { finish, usage: counted, done } = EVENTS[kind];
    const last = [finish, usage ? counted : '', done].filter((text) => text !== '').map(chunked);
    socket.write(Buffer.concat([...last, END]));
  };
  if (gapMs === 0) flood(socket, events, CONTENT[kind], end);
  else pace(socket, events, gapMs, CONTENT[kind], end);
}

function pace(socket: Socket, events: number, gapMs: number, next: () => Buffer, end: () => void): void {
  let left = events;
  const timer = setInterval(() => {
    if (left > 0) {
      left -= 1;
      socket.write(next());
      return;
    }
    clearInterval(timer);
    socket.off('close', stop);
    end();
  }, gapMs);
  const stop = (): void => {
    clearInterval(timer);
  };
  socket.once('close', stop);
}

/** An event a write and a turn, as servers send them; waits only while the client does not read. */
function flood(socket: Socket, events: number, next: () => Buffer, end: () => void): void {
  let left = events;
  const send = (): void => {
    if (socket.destroyed) return;
    if (left === 0) {
      end();
      return;
    }
    left -= 1;
    if (socket.write(next())) setImmediate(send);
    else socket.once('drain', send);
  };
  send();
}

/** Of a request above this many bytes only the beginning is kept: joining it would hold up the streams. */
const KEPT_BYTES = 1024 * 1024;

/** Cuts the bytes of one connection into requests. */
function serve(socket: Socket): void {
  socket.setNoDelay(true);
  let parts: Buffer[] = [];
  let have = 0;
  let need = -1;
  socket.on('data', (data: Buffer) => {
    if (need <= KEPT_BYTES) parts.push(data);
    have += data.length;
    if (need < 0) {
      const all = parts.length === 1 ? data : Buffer.concat(parts);
      parts = [all];
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /content-length: *(\d+)/i.exec(all.toString('latin1', 0, end))?.[1];
      need = end + 4 + Number(length ?? 0);
    }
    if (have < need) return;
    const request = Buffer.concat(parts);
    parts = [];
    have = 0;
    need = -1;
    answer(socket, request);
  });
  socket.on('error', () => socket.destroy());
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', 4096, () => {
  const address = server.address();
  console.log(address !== null && typeof address === 'object' ? address.port : 0);
});
process.on('disconnect', () => process.exit(0));
