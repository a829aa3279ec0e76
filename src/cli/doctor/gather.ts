import { ConfigFaults, type ConfigFault } from '../../config/faults.ts';
import { explain } from '../../config/effective.ts';
import type { ProviderCheckResult } from '../../protocol/provider-check.ts';
import { readEnvironment, type Environment } from '../../config/environment/process-settings.ts';
import type { Config } from '../../config/config.ts';
import { hostKind } from '../../util/network-address.ts';
import { CommandFault } from '../exit-codes.ts';
import { withoutOwnListeners } from '../own-listener.ts';
import type { CommandPorts } from '../ports.ts';
import type { Session } from '../session.ts';
import { validateFiles, type FileValidation } from '../validate-files.ts';
import type { DoctorContext, DoctorTarget, FilesView, ServerClock } from './context.ts';
import { findEngines } from './find-engines.ts';
import { providersOfFiles, type ProviderState } from './provider-state.ts';
import { couldRunRouter } from './started-engine.ts';
import { usedModels } from './used-models.ts';
import { viewGateway, type GatewayView } from './gateway-view.ts';

/** Longest wait for the model list of a server, in ms. */
const LIST_MS = 5_000;

/** What a doctor starts from. */
export interface DoctorStart {
  /** null: the address is invalid. */
  readonly session: Pick<Session, 'client' | 'address'> | null;
  /** An option or a variable names the address. */
  readonly isNamed: boolean;
  readonly ports: CommandPorts;
}

/** Looks at everything that the checks need, at once. */
export async function gatherContext({ session, isNamed, ports }: DoctorStart): Promise<DoctorContext> {
  const isLocal = session?.address.isLocal ?? true;
  const [{ gateway, problem }, files, engines] = await Promise.all([
    findGateway(session),
    isLocal ? readFiles(ports) : null,
    isLocal ? findEngines(ports.enginePorts) : [],
  ]);
  const config = files?.validation?.config ?? null;
  const results = config === null ? [] : await checkFromHere(config, gateway, ports);
  const target: DoctorTarget = { url: session?.address.url ?? '', isNamed, problem };
  return {
    ...{ target, gateway, files, engines, variables: ports.variables },
    ...{ now: ports.now(), nodeVersion: process.versions.node },
    ...providersAndModels(gateway, config, results, await routersOf(config, ports)),
    clocks: clocksOf(results, config),
  };
}

async function findGateway(
  session: DoctorStart['session'],
): Promise<{ gateway: GatewayView | null; problem: string | null }> {
  if (session === null) return { gateway: null, problem: null };
  try {
    return { gateway: await viewGateway(session.client), problem: null };
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    return { gateway: null, problem: error.message };
  }
}

async function readFiles(ports: CommandPorts): Promise<FilesView> {
  const environmentFaults: ConfigFault[] = [];
  const valueOf = <T>(read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigFaults)) throw error;
      environmentFaults.push(...error.faults);
      return null;
    }
  };
  const environment = valueOf(() => readEnvironment(ports.variables));
  const reported = environmentFaults.slice();
  const configDirectory = valueOf(ports.configDirectory);
  const dataDirectory = valueOf(ports.dataDirectory);
  const { dotEnvFile, workingDirectory } = ports;
  return {
    ...{ environment, environmentFaults: reported, configDirectory, dataDirectory },
    ...{ dotEnvFile, workingDirectory },
    validation: configDirectory === null ? null : await validateAt(configDirectory, environment, ports),
  };
}

/** Providers at the address of the gateway itself are left out, with a warning, as a start does. */
async function validateAt(
  directory: string,
  environment: Environment | null,
  ports: CommandPorts,
): Promise<FileValidation> {
  const validation = await validateFiles(directory, ports);
  if (validation.config === null || environment === null) return validation;
  const { host, port, ollamaPort } = environment;
  const own = { host, ports: [port, ollamaPort ?? 0].filter((each) => each > 0) };
  const config = withoutOwnListeners(validation.config, own);
  return { ...validation, config, warnings: config.warnings };
}

/**
 * Without a gateway all providers are checked from here. With one, only the clocks of cloud providers are read, since the
 * gateway does not show the `Date` of a reply.
 */
async function checkFromHere(
  config: Config,
  gateway: GatewayView | null,
  { checkProviders, variables, now }: CommandPorts,
): Promise<readonly ProviderCheckResult[]> {
  const entries = Object.entries(config.providers);
  const checked = gateway === null ? entries : entries.filter(([, { local }]) => !local);
  const options = { variable: (name: string) => variables[name], now, timeoutMs: LIST_MS };
  try {
    return await checkProviders(Object.fromEntries(checked), options);
  } catch (error) {
    // What connects to servers cannot be loaded, as on a Node that is too old.
    const why = error instanceof Error ? error.message : String(error);
    return checked.map(([id, { name }]) => notChecked(id, `${name} was not checked: ${why}`));
  }
}

function notChecked(id: string, message: string): ProviderCheckResult {
  const error = { code: 'not_checked', message };
  return { id, error, models: null, listIsComplete: false, clockAheadMs: null };
}

/** The ids of the providers for which a gateway would start a router where nothing listens. */
async function routersOf(config: Config | null, { variables }: CommandPorts): Promise<ReadonlySet<string>> {
  const ids = Object.entries(config?.providers ?? {}).map(async ([id, provider]) =>
    (await couldRunRouter(provider, variables['PATH'])) ? [id] : [],
  );
  return new Set((await Promise.all(ids)).flat());
}

function providersAndModels(
  gateway: GatewayView | null,
  config: Config | null,
  results: readonly ProviderCheckResult[],
  routers: ReadonlySet<string>,
): Pick<DoctorContext, 'providers' | 'usedModels'> {
  const details = gateway?.details ?? null;
  if (details !== null) return { providers: details.providers, usedModels: usedModels(details.tree) };
  if (gateway !== null || config === null) return { providers: [], usedModels: [] };
  const tree = explain(config);
  const providers: readonly ProviderState[] = providersOfFiles(config.providers, results, tree, routers);
  return { providers, usedModels: usedModels(tree) };
}

function clocksOf(results: readonly ProviderCheckResult[], config: Config | null): ServerClock[] {
  return results.flatMap(({ id, clockAheadMs: aheadMs }) => {
    const url = URL.parse(config?.providers[id]?.base_url ?? '');
    if (aheadMs === null || url === null) return [];
    return [{ server: url.host, isRemote: hostKind(url.hostname) !== 'loopback', aheadMs }];
  });
}
