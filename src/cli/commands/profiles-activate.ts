import { Command } from 'commander';
import { asCommands } from '../client/faults.ts';
import type { TargetReply, WarningReply } from '../client/replies.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import type { Output } from '../output/output.ts';
import { targetText } from '../output/target-text.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

type ActivatedReply =
  | {
      readonly dry_run?: undefined;
      readonly active: string | null;
      readonly generation: number;
      readonly warnings?: readonly WarningReply[];
    }
  | {
      readonly dry_run: true;
      readonly changes: readonly Change[];
      readonly reasons: readonly (string | { readonly code: string; readonly reason: string })[];
      readonly warnings?: readonly WarningReply[];
    };

interface Change {
  readonly subject: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** `laneway profiles activate NAME`: one profile in place of the active one, whole or not at all. */
export function activateCommand(ports: CommandPorts): Command {
  const command = new Command('activate')
    .description(
      'activate a profile in place of the active one; refused as a whole if any part does not hold',
    )
    .argument('<name>', 'the profile')
    .option('-n, --dry-run', 'show what would change, node by node; exit 1: it would be refused')
    .action(async (name: string, { dryRun }: { readonly dryRun?: true }) => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<ActivatedReply>({
        method: 'POST',
        path: `/api/profiles/${encodeURIComponent(name)}/activate`,
        body: dryRun === true ? { dry_run: true } : {},
      });
      out.result(reply, (shown) => activatedLines(shown, out));
      // Older gateways have none.
      for (const { code, detail } of reply.warnings ?? []) out.note(`warning: ${detail} (${code})`);
      if (reply.dry_run === true && reply.reasons.length > 0) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway profiles activate coding --dry-run');
}

function activatedLines(reply: ActivatedReply, out: Output): string[] {
  if (reply.dry_run === undefined) {
    return [`${reply.active ?? 'no profile'} is active`, `generation ${reply.generation}`];
  }
  const { changes, reasons } = reply;
  const rows =
    changes.length === 0
      ? // A profile that is refused is not compared.
        reasons.length > 0
        ? []
        : ['nothing would change']
      : out.table(changes, [
          { title: 'WHAT', text: ({ subject }) => subject, cut: 'middle' },
          { title: 'FROM', text: ({ from }) => valueText(from), cut: 'middle' },
          { title: 'TO', text: ({ to }) => valueText(to), cut: 'middle', color: out.colors.accent },
        ]);
  const refused = reasons.map((each) =>
    asCommands(typeof each === 'string' ? each : `${each.code}: ${each.reason}`),
  );
  return [
    ...rows,
    ...(refused.length === 0 ? [] : [`${out.colors.bad('refused')}:`]),
    ...refused.flatMap((reason) => out.paragraph(reason, '  ')),
    'dry run: nothing was changed',
  ];
}

/** A target, or any other value of the configuration. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return 'none';
  const isTarget = typeof value === 'object' && 'lane' in value && 'provider' in value;
  return isTarget ? targetText(value as TargetReply) : JSON.stringify(value);
}
