import { Command, InvalidArgumentError } from 'commander';
import { endedStream } from '../client/gateway-client.ts';
import { serverSentEvents } from '../client/server-sent-events.ts';
import { withExamples } from '../examples.ts';
import { eventLines } from '../output/event-lines.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { nearest } from '../../util/nearest.ts';

const NAMES = ['switch', 'health', 'config', 'discovery', 'request', 'pool'];

/** `laneway events`: what happens in the gateway, as it happens. */
export function eventsCommand(ports: CommandPorts): Command {
  const command = new Command('events')
    .summary('what happens, as it happens')
    .description('print switches, health changes, reloads, requests and pools as they happen, until Ctrl-C')
    .option(
      '-o, --only <names...>',
      'only events of these names: switch, health, config, discovery, request, pool',
      readName,
    )
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

/** Adds a name to those before it: an option with several values is read one by one. */
function readName(name: string, before: readonly string[] | undefined): readonly string[] {
  if (!NAMES.includes(name)) {
    const [near] = nearest(name, NAMES, 1);
    throw new InvalidArgumentError(
      near === undefined
        ? 'Write switch, health, config, discovery, request or pool.'
        : `Did you mean ${near}?`,
    );
  }
  return [...(before ?? []), name];
}
