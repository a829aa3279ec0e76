import type { ProviderConfig } from '../../config/config.ts';
import { findProgram } from '../../util/find-program.ts';
import { loopbackAddress } from '../../util/loopback-address.ts';
import { ownValue, type ExplainedTree } from './explained-tree.ts';

/** What Laneway starts for a provider: a server for each model, the whole server, or a llama-server as a router. */
export type StartedEngine =
  { readonly by: 'command' | 'start'; readonly command: readonly string[] } | { readonly by: 'router' };

/** What Laneway starts for a provider; null: nothing. `runsRouter`: it does so where no command is configured. */
export function startedEngine(tree: ExplainedTree, id: string, runsRouter: boolean): StartedEngine | null {
  const valueOf = (key: string): unknown => ownValue(tree, ['providers', id, 'engine', key]);
  if (valueOf('manage') === 'none') return null;
  for (const by of ['command', 'start'] as const) {
    const command = valueOf(by);
    if (Array.isArray(command)) return { by, command: command.map(String) };
  }
  return runsRouter && valueOf('stop') === undefined ? { by: 'router' } : null;
}

/** Whether a gateway would start a router at the address of a provider, provided that nothing listens there. */
export async function couldRunRouter(
  { type, models_dir: folder, base_url: url }: ProviderConfig,
  path: string | undefined,
): Promise<boolean> {
  if (type !== 'llamacpp' || folder === undefined || loopbackAddress(url) === null) return false;
  return (await findProgram('llama-server', path)) !== null;
}
