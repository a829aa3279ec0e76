import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder into which test/support/clients/install.sh has installed, named by `LANEWAY_TEST_CLIENTS`; null where none
 * is: the programs take more than a minute of both processors, which tests should not take unasked.
 */
export const CLIENTS: string | null = process.env['LANEWAY_TEST_CLIENTS'] ?? null;

const LIST = join(import.meta.dirname, '..', '..', 'support', 'clients', 'programs.list');

/** The package of each command, with its version, as programs.list pins it. */
const PACKAGES: ReadonlyMap<string, string> = new Map(
  readFileSync(LIST, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/ +/))
    .map(([command = '', , pinned = '']) => [command, pinned]),
);

/** The pinned version of a program. Throws for a command that programs.list does not have. */
export function versionOf(command: string): string {
  const version = /(?:@|==)(\d[\d.]*)(?:-linux-x64)?$/.exec(PACKAGES.get(command) ?? '')?.[1];
  if (version === undefined) throw new Error(`programs.list has no version of ${command}`);
  return version;
}

/** Why a program cannot be run here, or null if its pinned version is installed. */
export function whyNotInstalled(command: string): string | null {
  if (CLIENTS === null) return 'LANEWAY_TEST_CLIENTS names no folder of test/support/clients/install.sh';
  const marker = join(CLIENTS, command, '.installed');
  const here = existsSync(marker) ? readFileSync(marker, 'utf8').trim() : null;
  return here === PACKAGES.get(command)
    ? null
    : `not installed; bring it with test/support/clients/install.sh ${command}`;
}
