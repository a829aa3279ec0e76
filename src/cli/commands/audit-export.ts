import { Command } from 'commander';
import { readAudit, type ExportedRow } from '../../store/audit/audit-export.ts';
import { withExamples } from '../examples.ts';
import type { CommandPorts } from '../ports.ts';
import { outputOf } from '../session.ts';

interface Options {
  readonly csv?: true;
  readonly dataDir?: string;
}

/** `laneway audit export`: every row of the audit log of a state directory, oldest first. */
export function auditExportCommand(ports: CommandPorts): Command {
  const command = new Command('export')
    .description(
      'print the whole audit log of the state file, oldest first, one JSON object per row; a gateway may be running',
    )
    .option('--csv', 'as CSV with a line of titles')
    .option('-d, --data-dir <directory>', 'the state directory (LANEWAY_DATA_DIR)')
    .action(({ csv, dataDir }: Options) => {
      const rows = readAudit(dataDir ?? ports.dataDirectory());
      const out = outputOf(command, ports);
      out.result(rows, () => (csv === true ? csvLines(rows) : rows.map((row) => JSON.stringify(row))));
    });
  return withExamples(command, 'laneway audit export --csv > audit.csv');
}

const COLUMNS = [
  'seq',
  'at',
  'actor',
  'action',
  'subject',
  'user',
  'from',
  'to',
  'reason',
  'hash',
] as const satisfies readonly (keyof ExportedRow)[];

function csvLines(rows: readonly ExportedRow[]): string[] {
  const line = (row: ExportedRow): string => COLUMNS.map((name) => csvCell(row[name])).join(',');
  return [COLUMNS.join(','), ...rows.map(line)];
}

/**
 * RFC 4180, on one line. A cell that a spreadsheet would run as a formula gets an apostrophe in front:
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value).replaceAll(/\s+/g, ' ');
  const inert = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
