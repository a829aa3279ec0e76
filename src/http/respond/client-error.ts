import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { GatewayError } from '../../protocol/errors.ts';
import { STATUS_CODES } from '../../util/node-http.ts';
import { unreadableRefusal } from '../refusals/refused-request.ts';
import type { RefusedRequests } from '../refusals/refusals.ts';
import { CONTROL_PLANE_SURFACE, surfaceOfClient } from './surfaces.ts';

const NO_BYTES: Buffer = Buffer.alloc(0);

/** An error of Node's parser. */
interface ClientError extends Error {
  readonly code?: string;
  /** The parser's own words, which contain nothing of the request. */
  readonly reason?: string;
  /** The last bytes received, as a Buffer. */
  readonly rawPacket?: unknown;
}

/** How long the rest of a request is dropped after the reply: at once, the kernel would reset the connection. */
const LINGER_MS = 5_000;

/** Replies to requests that Node's parser rejects, before there is a request object. */
export function onClientError(
  nextId: () => string,
  refusals: RefusedRequests,
): (error: ClientError, socket: Socket) => void {
  const answered = new WeakSet<Socket>();
  return (error, socket) => {
    // The parser reports each further chunk of a request that it has rejected.
    if (answered.has(socket)) return;
    answered.add(socket);
    // Like Node's own handler: an error body must not end up in the middle of a reply.
    const current = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
    if (error.code === 'ECONNRESET' || !socket.writable || current?.headersSent === true) {
      socket.destroy();
      return;
    }
    const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket : NO_BYTES;
    const id = nextId();
    const refusal = parserError(error, packet);
    refusals.add(unreadableRefusal(id, refusal, socket.remoteAddress));
    endWithError(socket, refusal, id, packet);
  };
}

/** Sends an error and closes the connection. `head` is what is known of the request, for the choice of the envelope. */
export function endWithError(socket: Socket, error: GatewayError, id: string, head = NO_BYTES): void {
  const surface = surfaceOfClient(headersIn(head)) ?? CONTROL_PLANE_SURFACE;
  const body = surface.errorBody(error, id);
  const lines = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-request-id: ${id}`,
    ...(surface.requestIdHeader === null ? [] : [`${surface.requestIdHeader}: ${id}`]),
    'connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]));
  const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => {
    clearTimeout(linger);
  });
}

function parserError({ code, reason }: ClientError, packet: Buffer): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError('headers_too_large', 'the request headers exceed 16 KiB');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new GatewayError('request_timeout', 'the request did not arrive in time');
  }
  return new GatewayError('invalid_body', `not a valid HTTP/1.1 request${causeOf(code, reason, packet)}`);
}

/** The first byte of a TLS record that opens a connection. */
const TLS_HANDSHAKE = 0x16;

function causeOf(code: string | undefined, reason: string | undefined, packet: Buffer): string {
  if (packet[0] === TLS_HANDSHAKE) return ': it is TLS; use http://, or a proxy that ends TLS';
  if (packet.subarray(0, 5).toString('latin1') === 'PRI *') return ': it is HTTP/2; use HTTP/1.1';
  return code?.startsWith('HPE_') === true && reason !== undefined && reason !== '' ? `: ${reason}` : '';
}

/** Header lines, by lower-case name, of a request that could not be parsed. */
function headersIn(head: Buffer): Readonly<Record<string, string>> {
  const lines = head.toString('latin1').split('\r\n\r\n', 1)[0]?.split('\r\n') ?? [];
  return Object.fromEntries(
    lines.slice(1).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, Math.max(colon, 0)).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
