import { Command } from 'commander';
import { endedStream } from '../client/gateway-client.ts';
import { serverSentEvents } from '../client/server-sent-events.ts';
import { withExamples } from '../examples.ts';
import { eventLines } from '../output/event-lines.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

/** `laneway events`: what happens in the gateway, as it happens. */
export function eventsCommand(ports: CommandPorts): Command {
  const command = new Command('events')
    .summary('what happens, as it happens')
    .description('print switches, health changes, reloads and requests as they happen, until Ctrl-C')
    .option('-o, --only <names...>', 'only events of these names: switch, health, config, discovery, request')
    .action(async ({ only }: { readonly only?: readonly string[] }) => {
      const { client, out } = openSession(command, ports);
      const stream = await client.stream('/api/events');
      out.note(`events of ${client.url}; Ctrl-C stops`);
      for await (const { id, event, data } of serverSentEvents(stream)) {
        if (only !== undefined && !only.includes(event)) continue;
        const value = { id, event, data: JSON.parse(data) as Readonly<Record<string, unknown>> };
        out.item(value, (shown) => eventLines(shown, new Date(ports.now()).toISOString(), out));
      }
      throw endedStream(client.url);
    });
  return withExamples(command, 'laneway events --only switch health');
}
