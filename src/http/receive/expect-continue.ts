import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** A reply to a client that waits for `100 Continue`, and whether the client wants to keep the connection. */
interface Waiting {
  readonly response: ServerResponse;
  readonly keepAlive: boolean;
}

const waiting = new WeakMap<IncomingMessage, Waiting>();

/**
 * Delays `100 Continue` until the body is wanted, so that a client learns of a 401, 413 or 415 without sending its body.
 * Node's own handling sends it at once, and answers any other expectation with an empty 417.
 */
export function delayContinue(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.set(request, { response, keepAlive: response.shouldKeepAlive });
    // A client that was refused may leave the body out: what follows on this connection would be ambiguous.
    response.shouldKeepAlive = false;
    server.emit('request', request, response);
  });
  // `checkHead` rejects it, with an error body and a request id.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
}

/** Asks a client that waits for it to send its body; does nothing for others. */
export function requestBody(request: IncomingMessage): void {
  if (request.headers.expect === undefined) return;
  const found = waiting.get(request);
  if (found === undefined) return;
  waiting.delete(request);
  found.response.shouldKeepAlive = found.keepAlive;
  found.response.writeContinue();
}
