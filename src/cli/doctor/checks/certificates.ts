import { trustExtraCa } from '../../extra-ca.ts';
import { ok, warning, type Check } from '../check.ts';

/** Can the private CAs that `NODE_EXTRA_CA_CERTS` names be used? Without them their servers are refused. */
export const certificatesCheck: Check = {
  name: 'certificates',
  run: ({ files, variables }) => {
    const path = variables['NODE_EXTRA_CA_CERTS'] ?? '';
    if (files === null || path === '') return [];
    const problem = trustExtraCa(path);
    if (problem === null) return [ok(`those of ${path} are trusted, too`)];
    return [
      warning('ca_not_usable', problem, 'name a PEM file that the gateway can read, or remove the variable'),
    ];
  },
};
