import { Command } from 'commander';
import type { SwitchedReply } from '../client/replies.ts';
import { withExamples } from '../examples.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { noteWarnings, switchedLines } from './switch.ts';

interface Options {
  readonly reason?: string;
  readonly force?: true;
}

/** `laneway undo NODE`: one step back; each further call goes one step further. */
export function undoCommand(ports: CommandPorts): Command {
  const command = new Command('undo')
    .summary('undo the last switch of a node')
    .description('undo the last switch of a node; each further undo goes one step further back')
    .argument('<node>', 'the node, or lane:NAME')
    .option('-r, --reason <text>', 'why, for the audit')
    .option('--force', 'even if the earlier target cannot serve the node any more')
    .action(async (node: string, { reason, force }: Options) => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<SwitchedReply>({
        method: 'POST',
        path: `/api/debug/models/${encodeURIComponent(node)}/undo`,
        body: { ...(reason !== undefined && { reason }), ...(force === true && { force }) },
      });
      out.result(reply, (switched) => switchedLines(switched, out, ports.now()));
      noteWarnings(reply, out);
    });
  return withExamples(command, 'laneway undo evaluate');
}
