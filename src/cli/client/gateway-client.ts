import { CommandFault, EXIT } from '../exit-codes.ts';
import { noAnswer, refusalFault, strangeReply } from './faults.ts';

/** A call of the gateway's own API. */
export interface GatewayCall {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** With a slash at its start; names in it are encoded. */
  readonly path: string;
  /** Parameters that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Longest wait for the reply, in ms. Absent: 30 s. */
  readonly timeoutMs?: number;
  /** The reply comes before the work is done: `Prefer: respond-async`. */
  readonly respondAsync?: true;
  /** Replies with one of these status codes are results, too. */
  readonly alsoOk?: readonly number[];
}

/** Settings of a client. */
export interface ClientOptions {
  /** The address, without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
  /** See `CommandPorts`. */
  readonly showProgress: (text: string) => () => void;
}

const TIMEOUT_MS = 30_000;

/** For calls that wait for a model or for a vendor's list, in ms: a little less than what `fetch` itself waits. */
export const SLOW_CALL_MS = 290_000;

/** The HTTP API of a running gateway. */
export class GatewayClient {
  readonly url: string;
  readonly #token: string | null;
  readonly #showProgress: (text: string) => () => void;

  constructor({ url, token, showProgress }: ClientOptions) {
    this.url = url;
    this.#token = token;
    this.#showProgress = showProgress;
  }

  /** A client of the same gateway that sends no token. */
  withoutToken(): GatewayClient {
    return new GatewayClient({ url: this.url, token: null, showProgress: this.#showProgress });
  }

  /** `GET` of a path. Throws a `CommandFault`: 6 when no gateway answers, 1 with its message when it refuses. */
  get<Reply>(path: string, query: GatewayCall['query'] = {}): Promise<Reply> {
    return this.call<Reply>({ path, query });
  }

  /** Makes a call and returns the reply, null for an empty one. Throws like `get`. */
  async call<Reply>(call: GatewayCall): Promise<Reply> {
    const timeoutMs = call.timeoutMs ?? TIMEOUT_MS;
    const hideProgress = this.#showProgress(`waiting for ${this.url}`);
    try {
      const response = await this.#fetch(call, AbortSignal.timeout(timeoutMs), timeoutMs);
      const text = await response.text().catch((error: unknown) => {
        throw noAnswer(this.url, error, timeoutMs);
      });
      if (!isGateway(response)) throw strangeReply(this.url);
      const isResult = response.ok || call.alsoOk?.includes(response.status) === true;
      if (!isResult) throw this.#refusal(response.status, text);
      if (text === '') return null as Reply;
      return parse<Reply>(text) ?? fail(strangeReply(this.url));
    } finally {
      hideProgress();
    }
  }

  /** The bytes of a stream that lasts until the gateway ends, or `stop` aborts. Throws like `get`. */
  async stream(path: string, stop?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#connect(path, stop);
    if (!isGateway(response)) throw strangeReply(this.url);
    if (!response.ok) throw this.#refusal(response.status, await response.text());
    return this.#untilEnd(response.body ?? fail(strangeReply(this.url)));
  }

  /** A reply within the usual time, whose body has no limit. */
  async #connect(path: string, stop?: AbortSignal): Promise<Response> {
    const connecting = new AbortController();
    const signals = [connecting.signal, ...(stop === undefined ? [] : [stop])];
    const timer = setTimeout(() => {
      connecting.abort(new DOMException('', 'TimeoutError'));
    }, TIMEOUT_MS);
    try {
      return await this.#fetch({ path }, AbortSignal.any(signals), TIMEOUT_MS);
    } finally {
      clearTimeout(timer);
    }
  }

  async *#untilEnd(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch {
      throw endedStream(this.url);
    }
  }

  #refusal(status: number, text: string): CommandFault {
    return refusalFault(this.url, status, text, this.#token !== null);
  }

  async #fetch(call: GatewayCall, signal: AbortSignal, timeoutMs: number): Promise<Response> {
    const { method = 'GET', path, query = {}, body, respondAsync = false } = call;
    const url = new URL(`${this.url}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = new Headers();
    if (this.#token !== null) headers.set('authorization', `Bearer ${this.#token}`);
    if (body !== undefined) headers.set('content-type', 'application/json');
    if (respondAsync) headers.set('prefer', 'respond-async');
    try {
      return await fetch(url, {
        ...{ method, headers, signal, redirect: 'error' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw noAnswer(this.url, error, timeoutMs);
    }
  }
}

/** Every reply of a gateway has an id of its own; another program may use the same paths and the same form of errors. */
function isGateway(response: Response): boolean {
  return response.headers.get('x-request-id')?.startsWith('req_') === true;
}

function parse<Reply>(text: string): Reply | null {
  try {
    return JSON.parse(text) as Reply;
  } catch {
    return null;
  }
}

function fail(fault: CommandFault): never {
  throw fault;
}

/** The fault of a stream that the gateway ended. */
export function endedStream(url: string): CommandFault {
  return new CommandFault(
    EXIT.noGateway,
    `the gateway at ${url} ended the stream: it was stopped or restarted`,
  );
}
