import { createConnector, type Connector } from '../../providers/connection/connector.ts';

/** Milliseconds to connect to a server on this machine. */
const CONNECT_MS = 2_000;

/** Connections to a server on this machine that needs no key. */
export function loopbackConnector(baseUrl: string): Connector {
  return createConnector({ baseUrl, local: true, headers: {}, connectMs: CONNECT_MS });
}
