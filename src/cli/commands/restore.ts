import { Command } from 'commander';
import { backupsFolder, listCopies, type Copy } from '../../store/backup/copies.ts';
import { restoreCommand as restoreLine } from '../../store/files/fault.ts';
import { restoreCopy } from '../../store/backup/restore.ts';
import type { CommandPorts } from '../ports.ts';

interface Options {
  readonly list?: true;
  readonly dataDir?: string;
}

/** `laneway restore [COPY]`: puts a copy of the state file in its place. */
export function restoreCommand(ports: CommandPorts): Command {
  return new Command('restore')
    .description('put a copy of the state file in its place; what was there is kept')
    .argument('[copy]', 'the copy; without it, the newest that is sound')
    .option('-l, --list', 'only list the copies, newest first')
    .option('-d, --data-dir <directory>', 'the state directory (LANEWAY_DATA_DIR)')
    .action((copy: string | undefined, { list, dataDir }: Options) => {
      const directory = dataDir ?? ports.dataDirectory();
      if (list) sayCopies(directory, ports);
      else sayRestored(directory, copy ?? null, ports);
    });
}

function sayCopies(directory: string, { say }: CommandPorts): void {
  const copies = listCopies(directory);
  if (copies.length === 0) say(`there is no copy in ${backupsFolder(directory)}`);
  for (const copy of copies) say(`${copy.path}  ${describe(copy)}`);
}

function describe({ at, bytes, beforeMigration }: Copy): string {
  const time = `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
  const size = `${(bytes / 1_000_000).toFixed(1)} MB`;
  return beforeMigration === null
    ? `${time}  ${size}`
    : `${time}  ${size}  before migration ${beforeMigration}`;
}

function sayRestored(directory: string, copy: string | null, { say, now }: CommandPorts): void {
  const restored = restoreCopy(directory, copy, new Date(now()).toISOString());
  for (const fault of restored.skipped) say(`passed over: ${fault}`);
  const { path, from, replaced } = restored;
  const undo =
    replaced === null
      ? 'nothing was there before'
      : `what was there is ${replaced}; to undo: ${restoreLine(directory, replaced)}`;
  say(`${path} is now the copy ${from}; ${undo}`);
}
