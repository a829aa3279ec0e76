import { Command } from 'commander';
import { SLOW_CALL_MS } from '../client/gateway-client.ts';
import { withExamples } from '../examples.ts';
import { sizeText } from '../output/size-text.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

interface BackupReply {
  readonly file: string;
  readonly size_bytes: number;
  readonly created_at: string;
}

/** `laneway backup`: a verified copy of the state of a running gateway. */
export function backupCommand(ports: CommandPorts): Command {
  const command = new Command('backup')
    .summary('make a backup copy of the state now')
    .description(
      'make a verified copy of the state of a running gateway, as it makes one a day; the 7 newest are kept',
    )
    .action(async () => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<BackupReply>({
        method: 'POST',
        path: '/api/backups',
        body: {},
        timeoutMs: SLOW_CALL_MS,
      });
      // The path as it is: people copy it from here.
      out.result(reply, () => [`${reply.file}  ${sizeText(reply.size_bytes)}`]);
    });
  return withExamples(command, 'laneway backup');
}
