import { Command } from 'commander';
import type { AssignmentReply, ModelsReply } from '../client/replies.ts';
import { withExamples } from '../examples.ts';
import { answersText, explainAdvice } from '../output/answers-text.ts';
import { durationText, untilText } from '../output/durations.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

/** The least width of a model, in characters: both columns fit 80 columns next to the longest shipped node. */
const MODEL_WIDTH = 24;

/** `laneway nodes`: which model or lane serves each node. */
export function nodesCommand(ports: CommandPorts): Command {
  const command = new Command('nodes')
    .summary('the nodes and what serves them')
    .description('list the nodes, and which model or lane serves each of them')
    .action(async () => {
      const { client, out } = openSession(command, ports);
      const { generation, assignments } = await client.get<ModelsReply>('/api/debug/models');
      out.result({ generation, assignments }, (reply) => nodeLines(reply.assignments, out, ports.now()));
    });
  return withExamples(command, 'laneway nodes --json');
}

function nodeLines(assignments: ModelsReply['assignments'], out: Output, now: number): string[] {
  const rows = Object.entries(assignments);
  if (rows.length === 0) return ['no nodes: the configuration has none'];
  const lines = out.table(rows, [
    { title: 'NODE', text: ([name]) => name, cut: 'middle' },
    {
      title: 'ASSIGNED TO',
      text: ([, { assigned }]) => assigned ?? 'none',
      cut: 'middle',
      minWidth: MODEL_WIDTH,
      color: (text, [, node]) => (node.is_default ? text : out.colors.accent(text)),
    },
    {
      title: 'MODEL NOW',
      text: ([, { answers }]) => answersText(answers, out.width),
      cut: 'middle',
      minWidth: MODEL_WIDTH,
      dropped: 1,
      color: (text, [, { answers }]) => (answers.target === null ? out.colors.bad(text) : text),
    },
    {
      title: 'LAST',
      text: ([, { last_duration_ms: ms }]) => (ms === null ? '' : durationText(ms)),
      align: 'right',
      dropped: 3,
    },
    {
      title: 'SWITCHED',
      text: ([, node]) => switchedText(node, now),
      cut: 'end',
      dropped: 2,
      color: out.colors.faint,
    },
  ]);
  return [...lines, ...explainAdvice(rows)];
}

/** Who switched it and why, and until when; empty for the default. */
export function switchedText(assignment: AssignmentReply, now: number): string {
  if (assignment.is_default) return '';
  const { actor, reason, expires_at: expires } = assignment;
  const until = expires === null ? [] : [`expires ${untilText(expires, now)}`];
  return [...until, ...(reason === null ? [] : [reason]), `by ${actor ?? 'unknown'}`].join(', ');
}
