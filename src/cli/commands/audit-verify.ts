import { Command } from 'commander';
import { checkAudit } from '../../store/audit/audit-check.ts';
import type { CommandPorts } from '../ports.ts';

/** `laneway audit verify`: whether the record of changes is as it was written; exit 1 when it is not. */
export function auditVerifyCommand(ports: CommandPorts): Command {
  return new Command('verify')
    .description('check that no row of the audit was changed or taken out; a gateway may run meanwhile')
    .option('-d, --data-dir <directory>', 'the state directory (LANEWAY_DATA_DIR)')
    .action(({ dataDir }: { readonly dataDir?: string }) => {
      const { rows, fault } = checkAudit(dataDir ?? ports.dataDirectory());
      ports.say(fault ?? `${rows} rows, the chain holds`);
      if (fault !== null) ports.fail(1);
    });
}
