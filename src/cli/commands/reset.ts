import { Command } from 'commander';
import type { SwitchedReply } from '../client/replies.ts';
import { CommandFault, EXIT, usageFault } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { noteWarnings, switchedLines } from './switch.ts';

interface ResetReply {
  readonly reset: readonly string[];
  readonly generation: number;
}

/** `laneway reset [NODE]`: back to the configured assignments. */
export function resetCommand(ports: CommandPorts): Command {
  const command = new Command('reset')
    .summary('return to the configured assignments')
    .description('put a node, or all nodes and lanes, back to the configuration; overrides of users stay')
    .argument('[node]', 'the node, or lane:NAME (default: all)')
    .option('-y, --yes', 'do not ask')
    .action(async (node: string | undefined, { yes }: { readonly yes?: true }) => {
      const { client, out } = openSession(command, ports);
      if (yes !== true) await confirm(node ?? null, ports);
      if (node === undefined) {
        const reply = await client.call<ResetReply>({
          method: 'POST',
          path: '/api/debug/models/reset',
          body: {},
        });
        out.result(reply, resetLines);
        return;
      }
      const path = `/api/debug/models/${encodeURIComponent(node)}`;
      const reply = await client.call<SwitchedReply>({ method: 'DELETE', path });
      out.result(reply, (switched) => switchedLines(switched, out, ports.now()));
      noteWarnings(reply, out);
    });
  return withExamples(command, 'laneway reset evaluate --yes');
}

function resetLines({ reset, generation }: ResetReply): string[] {
  if (reset.length === 0) return ['nothing was switched: everything is as configured'];
  return [`reset ${reset.join(', ')}`, `generation ${generation}`];
}

/** Throws a `CommandFault`: 2 where nobody can be asked, 1 when the answer is no. */
async function confirm(node: string | null, { terminal, ask }: CommandPorts): Promise<void> {
  const what = node === null ? 'all nodes and lanes' : node;
  if (!terminal.interactive) {
    throw usageFault(`this resets ${what}: confirm it with --yes, since there is no terminal to ask on`);
  }
  const answer = await ask(`Reset ${what} to the configuration? [y/N] `, false);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFault(EXIT.no, 'nothing was changed');
}
