import { adminToken } from '../cli/admin-token.ts';
import type { TokenLocation } from '../cli/start-table.ts';
import type { Environment } from '../config/environment/process-settings.ts';
import type { AccessRules } from '../http/authenticate/authenticate.ts';
import { hostKind } from '../util/network-address.ts';

/**
 * Access rules: on loopback open to everyone unless a token is set; elsewhere the token is required. Throws
 * `UnusableToken`.
 */
export function accessOf(environment: Environment): { access: AccessRules; token: TokenLocation | null } {
  const { host, allowedOrigins, clientKeys, dataDirectory } = environment;
  const rules = { listenHost: host, allowedHosts: hostsOnBothPorts(environment), allowedOrigins };
  if (environment.adminToken === null && hostKind(host) === 'loopback') {
    return { access: { ...rules, adminToken: null, dataPlane: 'open' }, token: null };
  }
  const dataPlane = clientKeys === 'off' ? 'open' : 'closed';
  const forClients = dataPlane === 'closed';
  if (environment.adminToken !== null) {
    const token = { location: 'LANEWAY_ADMIN_TOKEN', shell: '$LANEWAY_ADMIN_TOKEN', forClients };
    return { access: { ...rules, adminToken: environment.adminToken, dataPlane }, token };
  }
  const { token, path } = adminToken(dataDirectory);
  const word = /^[\w./-]+$/.test(path) ? path : `"${path}"`;
  const location = { location: path, shell: `$(cat ${word})`, forClients };
  return { access: { ...rules, adminToken: token, adminTokenFile: path, dataPlane }, token: location };
}

/** A host that is allowed with the gateway's port is allowed with its second port, too. */
function hostsOnBothPorts({ allowedHosts, port, ollamaPort }: Environment): readonly string[] {
  if (ollamaPort === null) return allowedHosts;
  const own = allowedHosts.filter((host) => host.endsWith(`:${port}`));
  return [...allowedHosts, ...own.map((host) => host.replace(/\d+$/, String(ollamaPort)))];
}
