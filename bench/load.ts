// The load generator of the bench, in a process of its own: commands come and results go by IPC, so that it stays
// warm over all measurements. Raw sockets: it must cost less than what it measures.
import { connect, type Socket } from 'node:net';

/** Commands of the load generator. `request` holds the bytes of one whole request. */
export type LoadCommand =
  /** Each connection sends the next request when the last is answered. */
  | {
      readonly mode: 'closed';
      readonly port: number;
      readonly request: Uint8Array;
      readonly connections: number;
      readonly seconds: number;
    }
  /** Requests leave at a fixed rate whatever the answers do; the first `skip` are sent but not reported. */
  | {
      readonly mode: 'open';
      readonly port: number;
      readonly request: Uint8Array;
      readonly perSecond: number;
      readonly count: number;
      readonly skip: number;
    }
  /** Opens streams and reads them to their end. */
  | {
      readonly mode: 'streams';
      readonly port: number;
      readonly request: Uint8Array;
      readonly streams: number;
      readonly overMs: number;
    }
  /** Opens streams and leaves them running; `release` closes them. */
  | {
      readonly mode: 'hold';
      readonly port: number;
      readonly request: Uint8Array;
      readonly streams: number;
      readonly overMs: number;
    }
  | { readonly mode: 'release' }
  /** Reads one stream while large requests are sent one after the other. */
  | {
      readonly mode: 'beside';
      readonly port: number;
      readonly request: Uint8Array;
      readonly large: Uint8Array;
      readonly count: number;
    };

/** Result of one command. */
export interface LoadResult {
  /** Requests answered with 200, or streams that were read to their end (`hold`: that have begun). */
  readonly completed: number;
  readonly errors: number;
  /**
   * In microseconds. Of `open`: from the scheduled moment to the last byte, one for each answer. Of `beside`: the
   * longest silence of the stream, one for each large request.
   */
  readonly latenciesUs: readonly number[];
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKS_END = Buffer.from('0\r\n\r\n');

/** One keep-alive connection that reads one answer at a time. */
class Connection {
  readonly #socket: Socket;
  /** Called once an answer: true for a whole answer with status 200. */
  onAnswer: (good: boolean) => void = () => undefined;
  /** Called when the first bytes of a body arrive. */
  onBody: () => void = () => undefined;
  #head: Buffer | null = null;
  #body = false;
  #good = false;
  /** Bytes of the body still to come; -1 for chunks. */
  #left = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (data: Buffer) => {
      this.#read(data);
    });
    const lost = (): void => {
      this.onAnswer(false);
      this.onAnswer = () => undefined;
    };
    this.#socket.on('error', lost);
    this.#socket.on('close', lost);
  }

  send(request: Uint8Array): void {
    this.#head = null;
    this.#body = false;
    this.#socket.write(request);
  }

  /** Ends it without another word to `onAnswer`. */
  close(): void {
    this.onAnswer = () => undefined;
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    let rest = data;
    if (!this.#body) {
      const all = this.#head === null ? data : Buffer.concat([this.#head, data]);
      const end = all.indexOf(HEAD_END);
      this.#head = all;
      if (end < 0) return;
      this.#readHead(all.toString('latin1', 0, end));
      this.#body = true;
      rest = all.subarray(end + 4);
    }
    if (rest.length > 0) this.onBody();
    if (this.#ends(rest)) this.onAnswer(this.#good);
  }

  #readHead(head: string): void {
    this.#good = head.startsWith('HTTP/1.1 200');
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#left = length === undefined ? -1 : Number(length);
    this.#tail = Buffer.alloc(0);
  }

  #ends(data: Buffer): boolean {
    if (this.#left >= 0) {
      this.#left -= data.length;
      return this.#left <= 0;
    }
    const last = data.length >= 5 ? data : Buffer.concat([this.#tail, data]);
    this.#tail = Buffer.from(last.subarray(-5));
    return this.#tail.equals(CHUNKS_END);
  }
}

async function closed(command: LoadCommand & { mode: 'closed' }): Promise<LoadResult> {
  const until = performance.now() + command.seconds * 1000;
  let completed = 0;
  let errors = 0;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const connection = new Connection(command.port);
      connection.onAnswer = (good) => {
        if (good) completed += 1;
        else errors += 1;
        if (!good || performance.now() >= until) {
          connection.close();
          resolve();
        } else connection.send(command.request);
      };
      connection.send(command.request);
    });
  await Promise.all(Array.from({ length: command.connections }, one));
  return { completed, errors, latenciesUs: [] };
}

async function open(command: LoadCommand & { mode: 'open' }): Promise<LoadResult> {
  const idle: Connection[] = [];
  const latenciesUs: number[] = [];
  let completed = 0;
  let errors = 0;
  let settled = (): void => undefined;
  const all = new Promise<void>((resolve) => (settled = resolve));
  const total = command.skip + command.count;
  const start = performance.now() + 20;
  const send = (index: number, at: number): void => {
    const connection = idle.pop() ?? new Connection(command.port);
    connection.onAnswer = (good) => {
      if (good) {
        completed += 1;
        if (index >= command.skip) latenciesUs.push(Math.round((performance.now() - at) * 1000));
        idle.push(connection);
      } else errors += 1;
      if (completed + errors === total) settled();
    };
    connection.send(command.request);
  };
  for (let index = 0; index < total; index += 1) {
    const at = start + (index * 1000) / command.perSecond;
    await moment(at);
    send(index, at);
  }
  await all;
  for (const connection of idle) connection.close();
  return { completed, errors, latenciesUs };
}

/** Waits for a moment to within microseconds: by a timer as far as that goes, then by turns of the event loop. */
async function moment(at: number): Promise<void> {
  const early = at - performance.now() - 2;
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  while (performance.now() < at) await new Promise((resolve) => setImmediate(resolve));
}

let held: Connection[] = [];

async function streams(command: LoadCommand & { mode: 'streams' | 'hold' }): Promise<LoadResult> {
  let completed = 0;
  let errors = 0;
  const one = async (index: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, (index * command.overMs) / command.streams));
    const connection = new Connection(command.port);
    await new Promise<void>((resolve) => {
      const settle = (good: boolean): void => {
        if (good) completed += 1;
        else errors += 1;
        connection.onBody = () => undefined;
        connection.onAnswer = () => undefined;
        resolve();
      };
      connection.onAnswer = settle;
      if (command.mode === 'hold') {
        connection.onBody = () => {
          settle(true);
        };
      }
      connection.send(command.request);
    });
    if (command.mode === 'hold') held.push(connection);
    else connection.close();
  };
  await Promise.all(Array.from({ length: command.streams }, (_, index) => one(index)));
  return { completed, errors, latenciesUs: [] };
}

async function beside(command: LoadCommand & { mode: 'beside' }): Promise<LoadResult> {
  const stream = new Connection(command.port);
  const latenciesUs: number[] = [];
  let last = performance.now();
  let longest = 0;
  const heard = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  let errors = 0;
  stream.onAnswer = () => (errors += 1);
  await new Promise<void>((resolve) => {
    stream.onBody = resolve;
    stream.send(command.request);
  });
  stream.onBody = heard;
  for (let index = 0; index < command.count; index += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    longest = 0;
    const connection = new Connection(command.port);
    const good = await new Promise<boolean>((resolve) => {
      connection.onAnswer = resolve;
      connection.send(command.large);
    });
    connection.close();
    heard();
    if (good) latenciesUs.push(Math.round(longest * 1000));
    else errors += 1;
  }
  stream.close();
  return { completed: latenciesUs.length, errors, latenciesUs };
}

function run(command: LoadCommand): Promise<LoadResult> {
  switch (command.mode) {
    case 'closed':
      return closed(command);
    case 'open':
      return open(command);
    case 'streams':
    case 'hold':
      return streams(command);
    case 'beside':
      return beside(command);
    case 'release': {
      for (const connection of held) connection.close();
      const completed = held.length;
      held = [];
      return Promise.resolve({ completed, errors: 0, latenciesUs: [] });
    }
  }
}

process.on('message', (command: LoadCommand) => {
  void run(command).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
