import type { Check } from './check.ts';
import { certificatesCheck } from './checks/certificates.ts';
import { clockCheck } from './checks/clock.ts';
import { configurationCheck } from './checks/configuration.ts';
import { diskCheck } from './checks/disk.ts';
import { enginesCheck } from './checks/engines.ts';
import { filesCheck } from './checks/files.ts';
import { gatewayCheck } from './checks/gateway.ts';
import { modelsCheck } from './checks/models.ts';
import { nodeCheck } from './checks/node.ts';
import { portCheck } from './checks/port.ts';
import { providersCheck } from './checks/providers.ts';
import { proxyCheck } from './checks/proxy.ts';
import { stateCheck } from './checks/state.ts';
import { variablesCheck } from './checks/variables.ts';
import { windowsCheck } from './checks/windows.ts';

/** All checks, in the order in which their findings are printed. */
export const CHECKS: readonly Check[] = [
  nodeCheck,
  portCheck,
  configurationCheck,
  filesCheck,
  variablesCheck,
  stateCheck,
  diskCheck,
  proxyCheck,
  certificatesCheck,
  clockCheck,
  enginesCheck,
  providersCheck,
  modelsCheck,
  windowsCheck,
  gatewayCheck,
];
