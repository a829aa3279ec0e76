import { listenAddress } from '../../config/environment/process-settings.ts';
import type { Variables } from '../../config/environment/variables.ts';
import { hostKind } from '../../util/network-address.ts';
import { usageFault } from '../exit-codes.ts';
import { urlHost } from '../listening.ts';

/** Where the gateway is. */
export interface GatewayAddress {
  /** Without a slash at its end: calls append their path. */
  readonly url: string;
  /** It is the gateway of this machine, whose state directory holds its token. */
  readonly isLocal: boolean;
}

/**
 * The address of the gateway: `--url`, else `LANEWAY_URL`, else the one that the gateway of this environment listens on.
 * Throws a `CommandFault` (2) for a malformed one.
 */
export function gatewayAddress(option: string | undefined, variables: Variables): GatewayAddress {
  const named = variables['LANEWAY_URL']?.trim() ?? '';
  if (option !== undefined) return readAddress('--url', option.trim());
  if (named !== '') return readAddress('LANEWAY_URL', named);
  const { host, port } = listenAddress(variables);
  if (port === 0) {
    throw usageFault('LANEWAY_PORT is 0, so that the port is not known: name the address with --url');
  }
  return { url: `http://${urlHost(host)}:${port}`, isLocal: true };
}

function readAddress(source: string, written: string): GatewayAddress {
  const url = parse(written.includes('://') ? written : `http://${written}`);
  if (url === null) {
    throw usageFault(`${source}: must be the address of a gateway, such as http://127.0.0.1:4600`);
  }
  if (url.username !== '' || url.password !== '') {
    throw usageFault(`${source}: remove user and password; the token has its own option, --token`);
  }
  // A base URL for OpenAI clients ends in /v1.
  const path = url.pathname.replace(/\/(v1\/?)?$/, '');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { url: `${url.origin}${path}`, isLocal: hostKind(host) === 'loopback' };
}

function parse(written: string): URL | null {
  const url = URL.parse(written);
  const isHttp = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '';
  return isHttp ? url : null;
}
