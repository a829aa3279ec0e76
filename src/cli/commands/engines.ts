import { Command } from 'commander';
import type { EnginesReply } from '../client/engine-replies.ts';
import { withExamples } from '../examples.ts';
import { engineLines } from '../output/engine-lines.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

/** `laneway engines`: the local servers, and which models they have in memory. */
export function enginesCommand(ports: CommandPorts): Command {
  const command = new Command('engines')
    .summary('the local engines and their models')
    .description('list the local engines, what Laneway can do with them, and their models')
    .action(async () => {
      const { client, out } = openSession(command, ports);
      const reply = await client.get<EnginesReply>('/api/engines');
      out.result(reply, ({ engines }) => engineLines(engines, out, ports.now()));
    });
  return withExamples(command, 'laneway engines --json');
}
