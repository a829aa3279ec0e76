import { resolve } from 'node:path';
import { Command } from 'commander';
import { backupsFolder, listCopies, type Copy } from '../../store/backup/copies.ts';
import { restoreCommand as restoreLine } from '../../store/files/fault.ts';
import { restoreCopy } from '../../store/backup/restore.ts';
import { withExamples } from '../examples.ts';
import type { Output } from '../output/output.ts';
import { sizeText } from '../output/size-text.ts';
import type { CommandPorts } from '../ports.ts';
import { outputOf } from '../session.ts';

interface Options {
  readonly list?: true;
  readonly dataDir?: string;
}

/** `laneway restore [COPY]`: replaces the state file by a backup copy. */
export function restoreCommand(ports: CommandPorts): Command {
  const command = new Command('restore')
    .summary('replace the state file by a backup copy')
    .description('replace the state file with a backup copy, without a gateway; the replaced file is kept')
    .argument('[copy]', 'the copy to restore (default: the newest intact one)')
    .option('-l, --list', 'list the copies, newest first, and exit')
    .option('-d, --data-dir <directory>', 'the state directory (LANEWAY_DATA_DIR)')
    .action((copy: string | undefined, { list, dataDir }: Options) => {
      const directory = dataDir ?? ports.dataDirectory();
      const out = outputOf(command, ports);
      if (list) printCopies(directory, out);
      else printRestored(directory, copy ?? null, ports.now(), out);
    });
  return withExamples(command, 'laneway restore --list', 'laneway restore');
}

function printCopies(directory: string, out: Output): void {
  const copies = listCopies(directory);
  // The paths as they are: people copy them from here.
  out.result(copies, () =>
    copies.length === 0
      ? [`there are no copies in ${backupsFolder(directory)}`]
      : copies.map((copy) => `${copy.path}  ${describe(copy)}`),
  );
}

function describe({ at, bytes, beforeMigration }: Copy): string {
  const time = timeText(at);
  const size = sizeText(bytes);
  return beforeMigration === null
    ? `${time}  ${size}`
    : `${time}  ${size}  before migration ${beforeMigration}`;
}

function printRestored(directory: string, copy: string | null, now: number, out: Output): void {
  const restored = restoreCopy(directory, copy, new Date(now).toISOString());
  out.result(restored, () => {
    const { path, from, replaced, skipped } = restored;
    const made = madeAt(directory, from);
    const age = made === null ? '' : ` (made ${timeText(made)}, ${ageText(now - Date.parse(made))} ago)`;
    const undo =
      replaced === null
        ? 'there was no previous file'
        : `the previous file is now ${replaced}; to undo: ${restoreLine(directory, replaced)}`;
    return [...skipped.map((fault) => `skipped: ${fault}`), `restored ${path} from ${from}${age}; ${undo}`];
  });
}

/** When a copy was made, by its name; null for another file. ISO 8601. */
function madeAt(directory: string, path: string): string | null {
  return listCopies(directory).find((copy) => resolve(copy.path) === resolve(path))?.at ?? null;
}

function timeText(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
}

/** A duration in its largest useful unit: `5 min`, `7 h`, `3 days`. */
function ageText(ms: number): string {
  const minutes = Math.max(Math.round(ms / 60_000), 0);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
