import { Command } from 'commander';
import { ConfigFaults } from '../../config/faults.ts';
import { CHECKS } from '../doctor/checks.ts';
import { gatherContext, type DoctorStart } from '../doctor/gather.ts';
import { reportLines, reportOf, type DoctorReport } from '../doctor/lines.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession, outputOf, type Session } from '../session.ts';

/** `laneway doctor`: finds faults of the set-up; exit code 1 when there is one. Changes nothing. */
export function doctorCommand(ports: CommandPorts): Command {
  const command = new Command('doctor')
    .summary('find set-up faults, and how to fix them')
    .description(
      'find faults of the set-up and how to fix each: ports, engines, keys, models, files, variables, state, network; with a running gateway, or without one from the files; exit 1: a fault',
    )
    .action(async () => {
      const out = outputOf(command, ports);
      const session = openIfValid(command, ports);
      const { url } = command.optsWithGlobals<{ readonly url?: string }>();
      const isNamed = (url ?? ports.variables['LANEWAY_URL'] ?? '').trim() !== '';
      const report = await examine({ session, isNamed, ports });
      out.result(report, (shown) => reportLines(shown, out));
      if (report.faults > 0) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway doctor', 'laneway doctor --url http://box.lan:4600');
}

async function examine(start: DoctorStart & { readonly session: Session | null }): Promise<DoctorReport> {
  const hideProgress = start.session?.showProgress('looking at the set-up');
  try {
    const context = await gatherContext(start);
    const findings = await runChecks(CHECKS, context);
    return reportOf(context.target.url, context.gateway?.version ?? null, findings);
  } finally {
    hideProgress?.();
  }
}

/** null where a variable is invalid: that is a finding. Throws a `CommandFault` (2) for an invalid `--url`. */
function openIfValid(command: Command, ports: CommandPorts): Session | null {
  try {
    return openSession(command, ports);
  } catch (error) {
    if (error instanceof ConfigFaults) return null;
    throw error;
  }
}
