import { Command } from 'commander';
import { backupsFolder, listCopies, type Copy } from '../../store/backup/copies.ts';
import { restoreCommand as restoreLine } from '../../store/files/fault.ts';
import { restoreCopy } from '../../store/backup/restore.ts';
import type { CommandPorts } from '../ports.ts';

interface Options {
  readonly list?: true;
  readonly dataDir?: string;
}

/** `laneway restore [COPY]`: replaces the state file by a backup copy. */
export function restoreCommand(ports: CommandPorts): Command {
  return new Command('restore')
    .description('replace the state file with a backup copy; the replaced file is kept')
    .argument('[copy]', 'the copy to restore (default: the newest intact one)')
    .option('-l, --list', 'list the copies, newest first, and exit')
    .option('-d, --data-dir <directory>', 'the state directory (LANEWAY_DATA_DIR)')
    .action((copy: string | undefined, { list, dataDir }: Options) => {
      const directory = dataDir ?? ports.dataDirectory();
      if (list) printCopies(directory, ports);
      else printRestored(directory, copy ?? null, ports);
    });
}

function printCopies(directory: string, { print }: CommandPorts): void {
  const copies = listCopies(directory);
  if (copies.length === 0) print(`there are no copies in ${backupsFolder(directory)}`);
  for (const copy of copies) print(`${copy.path}  ${describe(copy)}`);
}

function describe({ at, bytes, beforeMigration }: Copy): string {
  const time = `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
  const size = `${(bytes / 1_000_000).toFixed(1)} MB`;
  return beforeMigration === null
    ? `${time}  ${size}`
    : `${time}  ${size}  before migration ${beforeMigration}`;
}

function printRestored(directory: string, copy: string | null, { print, now }: CommandPorts): void {
  const restored = restoreCopy(directory, copy, new Date(now()).toISOString());
  for (const fault of restored.skipped) print(`skipped: ${fault}`);
  const { path, from, replaced } = restored;
  const undo =
    replaced === null
      ? 'there was no previous file'
      : `the previous file is now ${replaced}; to undo: ${restoreLine(directory, replaced)}`;
  print(`restored ${path} from ${from}; ${undo}`);
}
