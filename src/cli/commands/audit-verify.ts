import { Command } from 'commander';
import { checkAudit } from '../../store/audit/audit-check.ts';
import type { CommandPorts } from '../ports.ts';

/** `laneway audit verify`: verifies the hash chain of the audit log; exit code 1 when it is broken. */
export function auditVerifyCommand(ports: CommandPorts): Command {
  return new Command('verify')
    .description('verify that no row of the audit log was changed or removed; a gateway may be running')
    .option('-d, --data-dir <directory>', 'the state directory (LANEWAY_DATA_DIR)')
    .action(({ dataDir }: { readonly dataDir?: string }) => {
      const { rows, fault } = checkAudit(dataDir ?? ports.dataDirectory());
      ports.print(fault ?? `${rows} rows, chain intact`);
      if (fault !== null) ports.setExitCode(1);
    });
}
