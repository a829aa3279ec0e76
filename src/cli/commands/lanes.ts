import { Command } from 'commander';
import type { GatewayClient } from '../client/gateway-client.ts';
import type { AssignmentReply } from '../client/replies.ts';
import { withExamples } from '../examples.ts';
import { answersText, explainAdvice } from '../output/answers-text.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { switchedText } from './nodes.ts';

/** What the command reads of `GET /api/debug/config`. */
interface ConfigReply {
  readonly default_lane?: string;
  readonly lanes: Readonly<Record<string, { readonly description?: string }>>;
}

interface LaneReply extends AssignmentReply {
  readonly node: string;
  readonly generation: number;
}

interface LanesResult {
  readonly generation: number;
  readonly default_lane: string | null;
  readonly lanes: Readonly<Record<string, AssignmentReply & { readonly description: string | null }>>;
}

/** `laneway lanes`: which model each lane would give now. */
export function lanesCommand(ports: CommandPorts): Command {
  const command = new Command('lanes')
    .summary('the lanes and what answers for them')
    .description('list the lanes, and which model answers for each of them now')
    .action(async () => {
      const { client, out } = openSession(command, ports);
      const lanes = await readLanes(client);
      out.result(lanes, (reply) => laneLines(reply, out, ports.now()));
    });
  return withExamples(command, 'laneway lanes --json');
}

/** The lanes with their assignments. */
export async function readLanes(client: GatewayClient): Promise<LanesResult> {
  const config = await client.get<ConfigReply>('/api/debug/config');
  let generation = 0;
  const lanes = await Promise.all(
    Object.entries(config.lanes).map(async ([name, { description = null }]) => {
      const path = `/api/debug/models/${encodeURIComponent(`lane:${name}`)}`;
      const { node: _node, generation: own, ...assignment } = await client.get<LaneReply>(path);
      generation = Math.max(generation, own);
      return [name, { ...assignment, description }] as const;
    }),
  );
  return { generation, default_lane: config.default_lane ?? null, lanes: Object.fromEntries(lanes) };
}

function laneLines({ lanes, default_lane: defaultLane }: LanesResult, out: Output, now: number): string[] {
  const rows = Object.entries(lanes);
  if (rows.length === 0) return ['no lanes: the configuration has none'];
  const lines = out.table(rows, [
    {
      title: 'LANE',
      text: ([name]) => (name === defaultLane ? `${name} (default)` : name),
      cut: 'middle',
    },
    {
      title: 'MODEL NOW',
      text: ([, { answers }]) => answersText(answers, out.width),
      cut: 'middle',
      color: (text, [, lane]) => {
        if (lane.answers.target === null) return out.colors.bad(text);
        return lane.is_default ? text : out.colors.accent(text);
      },
    },
    {
      title: 'SWITCHED',
      text: ([, lane]) => laneSwitchedText(lane, now),
      cut: 'end',
      minWidth: 30,
      dropped: 1,
      color: out.colors.faint,
    },
    {
      title: 'FOR',
      text: ([, { description }]) => description ?? '',
      cut: 'end',
      dropped: 2,
      color: out.colors.faint,
    },
  ]);
  return [...lines, ...explainAdvice(rows.map(([name, lane]) => [`lane:${name}`, lane]))];
}

/** Also to which model, since another may answer. */
function laneSwitchedText(lane: AssignmentReply, now: number): string {
  return lane.assigned === null ? '' : `to ${lane.assigned}, ${switchedText(lane, now)}`;
}
