import { connect, type Socket } from 'node:net';

/** What came back on a raw connection. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the gateway ended the connection. */
  readonly closed: boolean;
}

/** How long a connection that stays open is watched. */
const OPEN_MS = 400;

/** Sends bytes as they are, and returns the answer once the connection has ended or has been quiet for a while. */
export async function sendRaw(url: string, bytes: string | Buffer, quietMs = OPEN_MS): Promise<RawAnswer> {
  const socket = await open(url);
  socket.write(bytes);
  return readAll(socket, quietMs);
}

/** Sends a head and a body in pieces of 1 MiB without reading anything, and only then reads. */
export async function sendThenRead(
  url: string,
  head: string,
  mib: number,
  chunked: boolean,
): Promise<RawAnswer> {
  const socket = await open(url);
  socket.pause();
  socket.write(head);
  const piece = Buffer.alloc(1024 * 1024, ' ');
  const framed = chunked ? Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')]) : piece;
  for (let sent = 0; sent < mib; sent += 1) {
    await new Promise<void>((resolve, reject) => {
      socket.write(framed, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }
  if (chunked) socket.write('0\r\n\r\n');
  return readAll(socket, 2_000);
}

function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

function readAll(socket: Socket, quietMs: number): Promise<RawAnswer> {
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const finish = (closed: boolean): void => {
      socket.destroy();
      clearTimeout(quiet);
      resolve({ ...parse(received.toString('latin1')), closed });
    };
    const quiet = setTimeout(() => {
      finish(false);
    }, quietMs);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      quiet.refresh();
    });
    socket.on('end', () => {
      finish(true);
    });
    socket.on('error', reject);
    socket.resume();
  });
}

function parse(text: string): Omit<RawAnswer, 'closed'> {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  ) as Record<string, string>;
  return { status: Number(first.split(' ')[1] ?? 0), headers, body: rest.join('\r\n\r\n') };
}
