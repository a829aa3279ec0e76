import type { Socket } from 'node:net';

/** Why a proxy opened no tunnel: its status, or a fault without one. */
export type TunnelRefusal = number | 'closed' | 'malformed' | 'connection';

/** What a proxy is asked for. */
export interface TunnelRequest {
  /** `host:port` of the server, IPv6 in brackets. */
  readonly target: string;
  /** Value of `Proxy-Authorization`; null: none. */
  readonly authorization: string | null;
}

/** More header bytes than any proxy sends in answer to CONNECT. */
const MAX_HEAD_BYTES = 16 * 1024;

/**
 * Asks a proxy for a tunnel with CONNECT (RFC 9110, section 9.3.6). Calls back once: with null when bytes written to
 * the socket reach the server, else with the reason. The key of a provider is not part of this request. The caller
 * destroys the socket, sets the deadline, and keeps a listener for `error`, which undici's connector adds.
 */
export function openTunnel(
  socket: Socket,
  { target, authorization }: TunnelRequest,
  callback: (refusal: TunnelRefusal | null) => void,
): void {
  let head = '';
  const finish = (refusal: TunnelRefusal | null): void => {
    socket.removeListener('readable', read);
    socket.removeListener('end', ended);
    socket.removeListener('close', ended);
    socket.removeListener('error', broke);
    callback(refusal);
  };
  const read = (): void => {
    // Not `data` events: a flowing socket would lose the first bytes of the TLS handshake.
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    head += chunk.toString('latin1');
    const answer = parseAnswer(head);
    if (answer !== 'incomplete') finish(answer);
  };
  const ended = (): void => finish('closed');
  const broke = (): void => finish('connection');
  socket.on('readable', read).on('end', ended).on('close', ended).on('error', broke);
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, 'User-Agent: laneway'];
  if (authorization !== null) lines.push(`Proxy-Authorization: ${authorization}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
}

/** null: the tunnel is open. */
function parseAnswer(head: string): TunnelRefusal | null | 'incomplete' {
  const end = /\r?\n\r?\n/.exec(head);
  if (end === null) return head.length > MAX_HEAD_BYTES || !mayBeHttp(head) ? 'malformed' : 'incomplete';
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?=[ \r\n])/.exec(head)?.[1]);
  if (!(status >= 200)) return 'malformed';
  if (status > 299) return status;
  // In TLS the client speaks first: what comes before belongs to no server.
  return end.index + end[0].length === head.length ? null : 'malformed';
}

function mayBeHttp(head: string): boolean {
  return 'HTTP/1.'.startsWith(head.slice(0, 7));
}
