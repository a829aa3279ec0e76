import { Command } from 'commander';
import { checkAudit } from '../../store/audit/audit-check.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { countText } from '../output/count.ts';
import type { CommandPorts } from '../ports.ts';
import { outputOf } from '../session.ts';

/** `laneway audit verify`: verifies the hash chain of the audit log; exit code 1 when it is broken. */
export function auditVerifyCommand(ports: CommandPorts): Command {
  const command = new Command('verify')
    .description(
      'verify in the state file that no row of the audit log was changed or removed; a gateway may be running',
    )
    .option('-d, --data-dir <directory>', 'the state directory (LANEWAY_DATA_DIR)')
    .action(({ dataDir }: { readonly dataDir?: string }) => {
      const check = checkAudit(dataDir ?? ports.dataDirectory());
      const { rows, fault } = check;
      outputOf(command, ports).result({ intact: fault === null, rows, fault }, () => [
        fault ?? `${countText(rows, 'row')}, chain intact`,
      ]);
      if (fault !== null) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway audit verify --data-dir data');
}
