import { Command } from 'commander';
import type { GatewayClient } from '../client/gateway-client.ts';
import type { HealthReply, ModelsReply } from '../client/replies.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { spanText } from '../../util/span-text.ts';
import { agoText } from '../output/durations.ts';
import type { Output } from '../output/output.ts';
import { providerLines } from '../output/provider-table.ts';
import { pairLines } from '../output/wrap.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { readLanes } from './lanes.ts';

interface AliveReply {
  readonly version: string;
  readonly uptime_s: number;
}

type ReadyReply =
  | { readonly ready: true; readonly generation: number; readonly state?: string }
  | { readonly ready: false; readonly reasons: readonly string[]; readonly state?: string };

interface Status {
  readonly url: string;
  readonly version: string;
  readonly uptime_s: number;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
  readonly generation: number;
  /** Nodes, and lanes as `lane:NAME`, that are not at their default. */
  readonly switched: readonly string[];
  /** The active profile. */
  readonly profile: string | null;
  readonly providers: HealthReply['providers'];
  readonly warnings: readonly string[];
}

/** `laneway status`: whether the gateway can serve requests; exit code 1 when it is not ready. */
export function statusCommand(ports: CommandPorts): Command {
  const command = new Command('status')
    .summary('is the gateway ready, what needs a look')
    .description(
      'show whether the gateway is ready, its providers and what needs attention; exit 1: not ready',
    )
    .action(async () => {
      const { client, out } = openSession(command, ports);
      const status = await readStatus(client, ports.now());
      out.result(status, (shown) => statusLines(shown, out));
      if (!status.ready) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway status --url http://box.lan:4600');
}

async function readStatus(client: GatewayClient, now: number): Promise<Status> {
  const [{ version, uptime_s }, ready] = await Promise.all([
    client.get<AliveReply>('/health'),
    client.call<ReadyReply>({ path: '/ready', alsoOk: [503] }),
  ]);
  const [health, { assignments }, { lanes }, { active }] = await Promise.all([
    client.get<HealthReply>('/api/debug/health'),
    client.get<ModelsReply>('/api/debug/models'),
    readLanes(client),
    client.get<{ readonly active: string | null }>('/api/profiles'),
  ]);
  return {
    url: client.url,
    version,
    uptime_s,
    ready: ready.ready,
    reasons: ready.ready ? [] : ready.reasons,
    generation: health.generation,
    switched: [
      ...Object.keys(assignments).filter((node) => assignments[node]?.is_default === false),
      ...Object.keys(lanes).flatMap((lane) => (lanes[lane]?.is_default === false ? [`lane:${lane}`] : [])),
    ],
    profile: active,
    providers: health.providers,
    warnings: warningsOf(health, now),
  };
}

/** What an operator should know although requests may be served. */
function warningsOf({ state, targets }: HealthReply, now: number): string[] {
  const broken = targets.filter(({ breaker }) => breaker.state !== 'closed');
  return [
    ...(state.available ? [] : [`serving without state: ${state.why ?? 'the state file cannot be written'}`]),
    ...broken.map(({ target, last_error: last }) => {
      const why = last === null ? '' : `: ${last.message} (${agoText(last.at, now)})`;
      return `${target} is not used after repeated failures${why}`;
    }),
  ];
}

function statusLines(status: Status, out: Output): string[] {
  const { url, version, ready, reasons, generation, switched, profile, providers, warnings } = status;
  const { good, bad, accent, warning } = out.colors;
  const pairs: (readonly [string, string])[] = [
    ['gateway', `Laneway ${version} at ${url}, up ${spanText(status.uptime_s * 1000)}`],
    ['ready', ready ? good('yes') : `${bad('no')}: ${reasons[0] ?? ''}`],
    ...reasons.slice(1).map((reason) => ['', reason] as const),
    ['generation', String(generation)],
    ...(profile === null ? [] : [['profile', accent(profile)] as const]),
    ['switched', switched.length === 0 ? 'nothing: all as configured' : accent(switched.join(', '))],
    ...warnings.map((text) => [warning('warning'), text] as const),
  ];
  return [...pairLines(pairs, out.width), '', ...providerLines(providers, out)];
}
