import { Command, InvalidArgumentError } from 'commander';
import { endedStream, type GatewayClient } from '../client/gateway-client.ts';
import type { RequestReply } from '../client/replies.ts';
import { serverSentEvents } from '../client/server-sent-events.ts';
import { usageFault } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import type { Output } from '../output/output.ts';
import { requestLine, requestTable } from '../output/request-table.ts';
import { traceLines, type TraceReply } from '../output/trace.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

interface Filter {
  readonly node?: string;
  readonly lane?: string;
  readonly target?: string;
  readonly state?: string;
}

interface Options extends Filter {
  readonly follow?: true;
  readonly limit: number;
}

interface RequestsReply {
  readonly requests: readonly RequestReply[];
  readonly next: string | null;
  readonly hint?: string;
}

/** `laneway requests [ID]`: the last requests, one of them in full, or the coming ones. */
export function requestsCommand(ports: CommandPorts): Command {
  const command = new Command('requests')
    .summary('the last requests, or one in full')
    .description('list the last requests, or show one with its phases, attempts and plan')
    .argument('[id]', 'the x-request-id of one request')
    .option('-f, --follow', 'print requests as they end, until Ctrl-C')
    .option('-l, --limit <number>', 'how many, at most 500', readLimit, 20)
    .option('--node <name>', 'only those of a node')
    .option('--lane <name>', 'only those of a lane')
    .option('--target <model>', 'only those that this model answered: PROVIDER/MODEL')
    .option(
      '--state <state>',
      'running, settled, partial, client_closed, failed, interrupted, or refused: never accepted',
    )
    .action(async (id: string | undefined, options: Options) => {
      const { client, out } = openSession(command, ports);
      if (id !== undefined) {
        if (options.follow === true) throw usageFault('--follow follows new requests: omit the id');
        const trace = await client.get<TraceReply>(`/api/debug/requests/${encodeURIComponent(id)}`);
        out.result(trace, (shown) => traceLines(shown, out));
      } else if (options.follow === true) await follow(options, client, out);
      else await list(options, client, { out, now: ports.now() });
    });
  return withExamples(
    command,
    'laneway requests --node evaluate --follow',
    'laneway requests req_0mx2o0iej0000wrqc',
  );
}

function readLimit(written: string): number {
  const limit = Number(written);
  if (!/^\d+$/.test(written) || limit < 1 || limit > 500)
    throw new InvalidArgumentError('Write a number from 1 to 500.');
  return limit;
}

async function list(
  options: Options,
  client: GatewayClient,
  { out, now }: { readonly out: Output; readonly now: number },
): Promise<void> {
  const { limit, node, lane, target, state } = options;
  const reply = await client.get<RequestsReply>('/api/debug/requests', { limit, node, lane, target, state });
  out.result(reply, ({ requests }) =>
    requests.length === 0 ? ['no requests'] : requestTable(requests, now, out),
  );
  if (reply.hint !== undefined) out.note(reply.hint);
}

/** Ends with a fault when the gateway ends the stream, and by the signal of Ctrl-C. */
async function follow(filter: Filter, client: GatewayClient, out: Output): Promise<void> {
  if (filter.state === 'running' || filter.state === 'refused') {
    throw usageFault(`--follow prints accepted requests as they end: --state ${filter.state} has none`);
  }
  const stream = await client.stream('/api/events');
  out.note('requests are printed as they end; Ctrl-C stops');
  for await (const { event, data } of serverSentEvents(stream)) {
    if (event !== 'request') continue;
    const { requests, omitted = 0 } = JSON.parse(data) as {
      requests: readonly RequestReply[];
      omitted?: number;
    };
    for (const request of requests.filter((each) => matches(each, filter))) {
      out.item(request, (shown) => [requestLine(shown, out)]);
    }
    if (omitted > 0) out.note(`${omitted} more requests in this quarter of a second are not shown`);
  }
  throw endedStream(client.url);
}

function matches(request: RequestReply, { node, lane, target, state }: Filter): boolean {
  return (
    (node === undefined || request.node === node) &&
    (lane === undefined || request.lane === lane) &&
    (target === undefined || request.target === target) &&
    (state === undefined || request.state === state)
  );
}
