import { Client, errors } from 'undici';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../util/clock.ts';
import type { Dialler } from './dial.ts';
import type { UpstreamCall, UpstreamHandler } from '../provider.ts';

/** A pooled socket that closes within this many milliseconds of a write counts as stale: closed before the write. */
const STALE_MS = 2_000;

/**
 * One upstream call: undici's handler and the caller's handle in one object, so that a request allocates no closure.
 * It hides the only retry on the same target: a pooled socket that turns out stale before the first byte of the reply
 * (the server's idle time-out crossed the request on the wire) is replaced by a fresh one, once. A socket that lived
 * longer was not stale: there the server failed with the request in progress.
 */
export class Call implements Dispatcher.DispatchHandler, UpstreamCall {
  readonly options: Dispatcher.DispatchOptions;
  private readonly handler: UpstreamHandler;
  private readonly clock: Clock;
  /** Dispatches the call again on a fresh connection. */
  private readonly retry: (call: Call) => void;
  private client: PooledClient | null = null;
  private controller: Dispatcher.DispatchController | null = null;
  /** The connection was opened for this call. */
  private fresh = false;
  private sentAt = 0;
  private reportedSent = false;
  /** A byte of the reply has arrived. */
  private replied = false;
  /** The final status has arrived. */
  private answered = false;
  private paused = false;
  private done = false;
  private dispatching = false;

  constructor(
    handler: UpstreamHandler,
    options: Dispatcher.DispatchOptions,
    clock: Clock,
    retry: (call: Call) => void,
  ) {
    this.handler = handler;
    this.options = options;
    this.clock = clock;
    this.retry = retry;
  }

  /** Hands the call to undici. An immediate failure is reported asynchronously, when the caller has its handle. */
  dispatch(dispatcher: Dispatcher): void {
    this.dispatching = true;
    dispatcher.dispatch(this.options, this);
    this.dispatching = false;
  }

  /** Sets the connection that will carry the call. */
  assign(client: PooledClient): void {
    this.client = client;
    this.fresh = false;
  }

  /** The connection has just been opened for this call. */
  connected(): void {
    this.fresh = true;
  }

  pause(): void {
    this.paused = true;
    this.controller?.pause();
  }

  resume(): void {
    this.paused = false;
    // The controller is null after the end: undici's resume acts on the socket, which may serve another call by then.
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

  /** undici calls this when a connection is live and the request is about to be written to it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Aborted while queued. Throwing keeps the connection for other calls; an abort would close it.
    if (this.done) throw new errors.RequestAbortedError();
    this.controller = controller;
    if (!this.fresh) this.sentAt = this.clock.now();
    if (this.paused) controller.pause();
    if (this.reportedSent) return;
    this.reportedSent = true;
    this.handler.onSent();
  }

  onResponseStarted(): void {
    this.replied = true;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // 1xx such as 103 Early Hints: the final status follows.
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
    this.client?.release(this);
    this.handler.onEnd();
  }

  onResponseError(controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.done) return;
    if (this.isStale(error)) {
      this.controller = null;
      this.retry(this);
      return;
    }
    const isShort = this.answered && isEnd(error) && hasLength(controller);
    this.fail(isShort ? new errors.ResponseContentLengthMismatchError() : error);
  }

  /** A retry is never retried: its connection is always fresh. */
  private isStale(error: Error): boolean {
    if (this.fresh || this.controller === null || this.replied) return false;
    return isClosedByPeer(error) && this.clock.now() - this.sentAt < STALE_MS;
  }

  private fail(error: Error): void {
    this.done = true;
    this.controller = null;
    if (this.dispatching) queueMicrotask(() => this.handler.onError(error));
    else this.handler.onError(error);
  }
}

/** The peer reset or closed the connection, as undici and Node report it. */
function isClosedByPeer(error: Error): boolean {
  const code = 'code' in error ? error.code : null;
  return code === 'ECONNRESET' || code === 'EPIPE' || isEnd(error);
}

function isEnd(error: Error): boolean {
  return error instanceof errors.SocketError && /^(?:other side closed|closed)$/.test(error.message);
}

/**
 * Did the reply announce its length? If it then ends short it is malformed. undici reports that only for connections
 * that close after the reply; for kept-alive ones it reports a socket error.
 */
function hasLength(controller: Dispatcher.DispatchController | null): boolean {
  const headers = controller?.rawHeaders;
  if (!Array.isArray(headers)) return false;
  return headers.some(
    (name, at) => at % 2 === 0 && name.toString('latin1').toLowerCase() === 'content-length',
  );
}

/** One connection of the pool that knows its current call; undici does not expose either to a handler. */
export class PooledClient extends Client {
  private call: Call | null = null;
  /** Cancels the dial in progress; null when there is none. */
  private cancelDial: ((error: Error) => void) | null = null;

  constructor(origin: URL | string, options: Client.Options, dialler: Dialler) {
    super(origin, {
      ...options,
      connect: (target, callback) => {
        const socket = dialler.dial(target, (error, connected) => {
          this.cancelDial = null;
          if (error !== null) {
            callback(error, null);
            return;
          }
          this.call?.connected();
          callback(null, connected);
        });
        this.cancelDial = socket === null ? null : (error) => void socket.destroy(error);
      },
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.call = handler instanceof Call ? handler : null;
    this.call?.assign(this);
    return super.dispatch(options, handler);
  }

  /** Forgets a call that has ended, which would keep the bodies of its request while the connection is idle. */
  release(call: Call): void {
    if (this.call === call) this.call = null;
  }

  /** Cancels the dial of a call that was aborted while queued; no other call waits for it (pipelining is 1). */
  giveUp(call: Call): void {
    if (this.call === call) this.cancelDial?.(new errors.RequestAbortedError());
  }
}
