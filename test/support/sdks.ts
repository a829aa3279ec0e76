import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const folder = process.env['LANEWAY_TEST_SDKS'] ?? join(homedir(), '.cache', 'laneway-sdks');

/**
 * The folder into which `test/support/sdks/install.sh` has installed the published clients that are no dependencies
 * of the repository; null where it has not.
 */
export const sdkFolder: string | null = existsSync(join(folder, 'installed-lock.json')) ? folder : null;

/** Why tests with those clients are skipped. */
export const NO_SDKS = 'run test/support/sdks/install.sh, or name its folder in LANEWAY_TEST_SDKS';
