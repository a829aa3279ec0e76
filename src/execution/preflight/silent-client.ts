import type { ClientConnection, DisconnectListener } from '../respond/client-connection.ts';

/** The client of a preflight: it reads everything at once and keeps nothing. */
export class SilentClient implements ClientConnection {
  headSent = false;
  readonly #signal: AbortSignal;
  #listener: DisconnectListener | null = null;

  /** Disconnects when `signal` is aborted. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#listener?.clientDisconnected(), { once: true });
  }

  get disconnected(): boolean {
    return this.#signal.aborted;
  }

  onDisconnect(listener: DisconnectListener): void {
    this.#listener = listener;
  }

  head(): void {
    this.headSent = true;
  }

  write(): boolean {
    return true;
  }

  onDrain(listener: () => void): void {
    listener();
  }

  end(): void {
    this.headSent = true;
  }

  destroy(): void {
    this.headSent = true;
  }
}
