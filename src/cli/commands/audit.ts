import { Command, InvalidArgumentError } from 'commander';
import { usageFault } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { runsAlone } from '../groups.ts';
import { timeText } from '../output/durations.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { auditExportCommand } from './audit-export.ts';
import { auditVerifyCommand } from './audit-verify.ts';

/** `GET /api/audit`. */
interface AuditReply {
  readonly entries: readonly {
    readonly seq: number;
    readonly at: string;
    readonly actor: string;
    readonly action: string;
    readonly subject: string;
    readonly from: string | null;
    readonly to: string | null;
    readonly reason: string | null;
  }[];
  readonly next: number | null;
}

interface Options {
  readonly limit: number;
  readonly before?: number;
}

/** `laneway audit`: who changed what and why; its subcommands read the state file. */
export function auditCommand(ports: CommandPorts): Command {
  const group = new Command('audit')
    .summary('who changed what; verify, export')
    .description('list who changed what and why, newest first; verify or export the audit log')
    .option('-l, --limit <number>', 'how many, at most 500', readCount, 20)
    .option('--before <row>', 'only rows before this one', readCount)
    .addCommand(auditVerifyCommand(ports))
    .addCommand(auditExportCommand(ports));
  group.hook('preSubcommand', (_, subcommand) => {
    refusePage(group, subcommand.name());
  });
  runsAlone(group, async () => {
    const { client, out } = openSession(group, ports);
    const { limit, before } = group.opts<Options>();
    const reply = await client.get<AuditReply>('/api/audit', { limit, before });
    out.result(reply, (page) => auditLines(page, out));
  });
  return withExamples(group, 'laneway audit --limit 50', 'laneway audit verify');
}

/** The subcommands would take the options of the list without a word. Throws a `CommandFault` (2). */
function refusePage(group: Command, subcommand: string): void {
  for (const name of ['limit', 'before']) {
    if (group.getOptionValueSource(name) !== 'cli') continue;
    throw usageFault(
      `audit ${subcommand} works on the whole log: leave out --${name}, which is for laneway audit`,
    );
  }
}

function readCount(written: string): number {
  const count = Number(written);
  if (!/^\d{1,9}$/.test(written) || count < 1) throw new InvalidArgumentError('Write a number from 1.');
  return count;
}

function auditLines({ entries, next }: AuditReply, out: Output): string[] {
  if (entries.length === 0) return ['no changes'];
  const lines = out.table(entries, [
    { title: '#', text: ({ seq }) => String(seq), align: 'right' },
    { title: 'TIME (UTC)', text: ({ at }) => timeText(at), dropped: 0 },
    { title: 'BY', text: ({ actor }) => actor, cut: 'end' },
    { title: 'ACTION', text: ({ action }) => action },
    { title: 'WHAT', text: ({ subject }) => subject, cut: 'middle' },
    { title: 'FROM', text: ({ from }) => from ?? '', cut: 'middle', dropped: 2 },
    { title: 'TO', text: ({ to }) => to ?? '', cut: 'middle' },
    { title: 'REASON', text: ({ reason }) => reason ?? '', cut: 'end', dropped: 1, color: out.colors.faint },
  ]);
  const older = next === null ? [] : [out.colors.faint(`older ones: --before ${next}`)];
  return [...lines, ...reasonsBelow(entries, lines[0] ?? '', out), ...older];
}

/** The reasons in full where the table is too narrow for their column. */
function reasonsBelow(entries: AuditReply['entries'], titles: string, out: Output): string[] {
  if (titles.includes('REASON')) return [];
  const reasons = entries.flatMap(({ seq, reason }) =>
    reason === null ? [] : out.paragraph(`#${seq}: ${reason}`, '  '),
  );
  return reasons.length === 0 ? [] : ['', ...reasons];
}
