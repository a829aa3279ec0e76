import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { ConfigFaults, type ConfigFault } from '../config/faults.ts';
import { loadConfig } from '../config/load.ts';
import { listProfiles } from '../config/profiles/profile-files.ts';
import { enginePlaceWarnings } from '../config/validate/engine-places.ts';
import { PACKAGE_ROOT } from '../util/package-root.ts';
import type { CommandPorts } from './ports.ts';

/** The configuration of a directory and the environment, as a start would read it. */
export interface FileValidation {
  readonly directory: string;
  readonly faults: readonly ConfigFault[];
  readonly warnings: readonly string[];
  /** null when the gateway would refuse it. */
  readonly config: Config | null;
}

/**
 * Reads and checks the files of a configuration directory, its profiles and the environment, without a gateway. The
 * warnings name also programs of engines and folders of models that do not exist on this machine.
 */
export async function validateFiles(
  directory: string,
  { providerTypes, variables }: Pick<CommandPorts, 'providerTypes' | 'variables'>,
): Promise<FileValidation> {
  const directories = { directory, shippedDirectory: join(PACKAGE_ROOT, 'config') };
  const profileFaults = (await listProfiles(directories)).flatMap(({ faults }) => faults);
  try {
    const loaded = await loadConfig({
      ...directories,
      providerTypes: await providerTypes(),
      environment: variables,
    });
    const places = { directory, path: variables['PATH'] };
    const warnings = [...loaded.warnings, ...(await enginePlaceWarnings(loaded.providers, places))];
    return { directory, faults: profileFaults, warnings, config: { ...loaded, warnings } };
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    return { directory, faults: [...error.faults, ...profileFaults], warnings: [], config: null };
  }
}
