import { Command } from 'commander';
import type { PoolsReply } from '../client/engine-replies.ts';
import { withExamples } from '../examples.ts';
import { poolLines } from '../output/pool-lines.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

/** `laneway pools`: the memory that engines share, who has it, and what waits for it. */
export function poolsCommand(ports: CommandPorts): Command {
  const command = new Command('pools')
    .summary('the memory that engines share, and why it is as it is')
    .description(
      'show the memory that engines share: what is in it, what waits for it, and the switch that runs',
    )
    .action(async () => {
      const { client, out } = openSession(command, ports);
      const reply = await client.get<PoolsReply>('/api/pools');
      out.result(reply, ({ pools }) => poolLines(pools, out, ports.now()));
    });
  return withExamples(command, 'laneway pools', 'laneway pools --json');
}
