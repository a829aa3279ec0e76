import { Client, errors } from 'undici';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../util/clock.ts';
import type { Dialler } from './dial.ts';
import type { UpstreamCall, UpstreamHandler } from '../provider.ts';

/** A pooled socket that dies within this many milliseconds of the writing was dead before it. */
const STALE_MS = 2_000;

/**
 * One upstream call: undici's handler and the caller's handle in one object, so that a request costs no closure.
 * It hides the one repeat that DESIGN section 6 allows: a pooled socket that proves dead before a byte of the
 * reply (the server's idle limit met our request on the way) is replaced by a fresh one, once (reliability R9,
 * F12b). A socket that was alive for longer was not stale: there the server died with the request in its hands.
 */
export class Call implements Dispatcher.DispatchHandler, UpstreamCall {
  readonly options: Dispatcher.DispatchOptions;
  private readonly handler: UpstreamHandler;
  private readonly clock: Clock;
  /** Gives the call to a fresh connection. */
  private readonly repeat: (call: Call) => void;
  private client: PooledClient | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  /** The connection was opened for this call. */
  private fresh = false;
  private sentAt = 0;
  private told = false;
  private replied = false;
  private answered = false;
  private held = false;
  private done = false;
  private dispatching = false;

  constructor(
    handler: UpstreamHandler,
    options: Dispatcher.DispatchOptions,
    clock: Clock,
    repeat: (call: Call) => void,
  ) {
    this.handler = handler;
    this.options = options;
    this.clock = clock;
    this.repeat = repeat;
  }

  /** Hands the call to undici. What fails at once is told later, so that the caller has its handle by then. */
  dispatch(dispatcher: Dispatcher): void {
    this.dispatching = true;
    dispatcher.dispatch(this.options, this);
    this.dispatching = false;
  }

  /** Names the connection that will carry the call. */
  assign(client: PooledClient): void {
    this.client = client;
    this.fresh = false;
  }

  /** The connection that will carry the call has just been opened, for it. */
  connected(): void {
    this.fresh = true;
  }

  pause(): void {
    this.held = true;
    this.controller?.pause();
  }

  resume(): void {
    this.held = false;
    // Dropped at the end: undici's resume belongs to the socket, which may serve another call by then.
    this.controller?.resume();
  }

  abort(): void {
    if (this.done) return;
    const error = new errors.RequestAbortedError();
    if (this.controller !== null) {
      this.controller.abort(error);
      return;
    }
    this.fail(error);
    this.client?.giveUp(this);
  }

  /** undici: a live connection is there and the request is about to be written to it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Ended while it waited. Thrown, it leaves the connection to others; an abort would close it.
    if (this.done) throw new errors.RequestAbortedError();
    this.controller = controller;
    if (!this.fresh) this.sentAt = this.clock.now();
    if (this.held) controller.pause();
    if (this.told) return;
    this.told = true;
    this.handler.onSent();
  }

  onResponseStarted(): void {
    this.replied = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // 1xx such as 103 Early Hints: the reply is still to come.
    if (status < 200) return;
    this.answered = true;
    this.handler.onHeaders(status, controller.rawHeaders as Buffer[]);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.handler.onData(chunk);
  }

  onResponseEnd(): void {
    this.done = true;
    this.controller = null;
    this.handler.onEnd();
  }

  onResponseError(controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.done) return;
    if (this.isStale(error)) {
      this.controller = null;
      this.repeat(this);
      return;
    }
    this.fail(this.answered && isEnd(error) && hasLength(controller) ? shortBody() : error);
  }

  /** A repeat is never repeated: its connection is always fresh. */
  private isStale(error: Error): boolean {
    if (this.fresh || this.controller === null || this.replied) return false;
    return isDeath(error) && this.clock.now() - this.sentAt < STALE_MS;
  }

  private fail(error: Error): void {
    this.done = true;
    this.controller = null;
    if (this.dispatching) queueMicrotask(() => this.handler.onError(error));
    else this.handler.onError(error);
  }
}

/** The peer's reset or its end of the connection, as undici and Node tell it. */
function isDeath(error: Error): boolean {
  const code = 'code' in error ? error.code : null;
  return code === 'ECONNRESET' || code === 'EPIPE' || isEnd(error);
}

function isEnd(error: Error): boolean {
  return error instanceof errors.SocketError && /^(?:other side closed|closed)$/.test(error.message);
}

/**
 * A reply that promised its length and ended short is malformed (reliability F17). undici says so only where the
 * connection was to be closed after it; on a kept one it speaks of the socket.
 */
function hasLength(controller: Dispatcher.DispatchController | null): boolean {
  const headers = controller?.rawHeaders;
  if (!Array.isArray(headers)) return false;
  return headers.some(
    (name, at) => at % 2 === 0 && name.toString('latin1').toLowerCase() === 'content-length',
  );
}

function shortBody(): Error {
  return new errors.ResponseContentLengthMismatchError();
}

/** One connection of the pool, which knows the call it carries: undici tells a handler neither. */
export class PooledClient extends Client {
  private call: Call | null = null;
  /** Stops the dial that is under way; null when there is none. */
  private stopDial: ((error: Error) => void) | null = null;

  constructor(origin: URL | string, options: Client.Options, dialler: Dialler) {
    super(origin, {
      ...options,
      connect: (target, callback) => {
        const socket = dialler.dial(target, (error, connected) => {
          this.stopDial = null;
          if (error !== null) {
            callback(error, null);
            return;
          }
          this.call?.connected();
          callback(null, connected);
        });
        this.stopDial = socket === null ? null : (error) => void socket.destroy(error);
      },
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.call = handler instanceof Call ? handler : null;
    this.call?.assign(this);
    return super.dispatch(options, handler);
  }

  /** Ends the dial for a call that was aborted while it waited: nobody else waits for it (pipelining is 1). */
  giveUp(call: Call): void {
    if (this.call === call) this.stopDial?.(new errors.RequestAbortedError());
  }
}
