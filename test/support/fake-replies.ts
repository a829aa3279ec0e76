import type { Reply, Step } from './fake-upstream.ts';

/** Sends bytes as they are. */
export function send(bytes: string | Buffer): Step {
  return { send: typeof bytes === 'string' ? Buffer.from(bytes) : bytes };
}

/** Does nothing for some milliseconds. */
export function wait(ms: number): Step {
  return { wait: ms };
}

/** Goes on when the promise settles: for a test that decides the moment. */
export function until(promise: Promise<unknown>): Step {
  return { until: promise };
}

/** Does nothing until the client closes. */
export function hang(): Step {
  return { until: new Promise(() => undefined) };
}

/** Ends the connection in good order (FIN). */
export function end(): Step {
  return { close: 'end' };
}

/** Resets the connection (RST). */
export function reset(): Step {
  return { close: 'reset' };
}

type Headers = Readonly<Record<string, string>>;

/** Status line and headers, without the body. */
export function head(status: number, headers: Headers = {}): Step {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return send(`HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n`);
}

/** A whole reply with `content-length`, in one piece. */
export function text(status: number, body: string | Buffer, headers: Headers = {}): Reply {
  const bytes = Buffer.from(body);
  const { send: start } = head(status, {
    'content-type': 'text/plain',
    'content-length': String(bytes.length),
    ...headers,
  }) as { send: Buffer };
  return [send(Buffer.concat([start, bytes]))];
}

/** A whole JSON reply. */
export function json(status: number, value: unknown, headers: Headers = {}): Reply {
  return text(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers });
}

/** A redirect to another place. */
export function redirect(location: string, status = 302): Reply {
  return text(status, '', { location });
}

/** One chunk of a chunked body. */
export function chunk(body: string | Buffer): Step {
  const bytes = Buffer.from(body);
  return send(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]));
}

/** The end of a chunked body. */
export function lastChunk(): Step {
  return send('0\r\n\r\n');
}

/** A 200 stream of events, each a chunk of `data: EVENT` and a blank line; `[DONE]` is an event like another. */
export function sse(
  events: readonly string[],
  { delayMs = 0, end: ended = true }: { readonly delayMs?: number; readonly end?: boolean } = {},
): Reply {
  const pieces = events.flatMap((event) => [
    ...(delayMs > 0 ? [wait(delayMs)] : []),
    chunk(`data: ${event}\n\n`),
  ]);
  return [
    head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }),
    ...pieces,
    ...(ended ? [lastChunk()] : []),
  ];
}

/** The same bytes in pieces of `size`, each its own write. */
export function sliced(reply: Reply, size = 1): Reply {
  return reply.flatMap((step) => {
    if (!('send' in step)) return [step];
    const count = Math.ceil(step.send.length / size);
    return Array.from({ length: count }, (_, at) => send(step.send.subarray(at * size, (at + 1) * size)));
  });
}

/** The reply up to a number of bytes, then a reset; for a cut at every place. */
export function cutAfter(reply: Reply, bytes: number): Reply {
  const steps: Step[] = [];
  let left = bytes;
  for (const step of reply) {
    if (!('send' in step)) steps.push(step);
    else if (step.send.length <= left) {
      steps.push(step);
      left -= step.send.length;
    } else {
      if (left > 0) steps.push(send(step.send.subarray(0, left)));
      return [...steps, reset()];
    }
  }
  return [...steps, reset()];
}
