import { Command, InvalidArgumentError } from 'commander';
import type { PlanTargetReply, WarningReply } from '../client/replies.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import type { Output } from '../output/output.ts';
import { planLines } from '../output/plan-table.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';
import { noteWarnings } from './switch.ts';

interface Options {
  readonly tokens?: number;
  readonly tools?: true;
  readonly vision?: true;
}

/** `POST /api/debug/resolve`. */
interface PlanReply {
  readonly generation: number;
  readonly requested: string;
  readonly node: string | null;
  readonly lane: string | null;
  readonly rule: string | null;
  readonly targets: readonly PlanTargetReply[];
  readonly warnings: readonly WarningReply[];
}

/** `laneway explain NAME`: which targets a request would be tried on; exit code 1 when there is none. */
export function explainCommand(ports: CommandPorts): Command {
  const command = new Command('explain')
    .summary('which targets would be tried, and why')
    .description('show which targets a request would be tried on, in order, and why; exit 1: none')
    .argument('<name>', 'what a request would name as its model: a node, lane, model or alias')
    .option('-t, --tokens <number>', 'the estimated tokens of the request', readTokens)
    .option('--tools', 'the request has tools')
    .option('--vision', 'the request has images')
    .action(async (name: string, { tokens, tools, vision }: Options) => {
      const { client, out } = openSession(command, ports);
      const needs = [...(tools === true ? ['tools'] : []), ...(vision === true ? ['vision'] : [])];
      const reply = await client.call<PlanReply>({
        method: 'POST',
        path: '/api/debug/resolve',
        body: { model: name, needs, ...(tokens !== undefined && { estimated_tokens: tokens }) },
      });
      out.result(reply, (plan) => explainLines(plan, out));
      noteWarnings(reply, out);
      if (!reply.targets.some(({ eligible }) => eligible)) ports.setExitCode(EXIT.no);
    });
  return withExamples(command, 'laneway explain coder --tokens 20000 --tools');
}

function readTokens(written: string): number {
  if (!/^\d{1,9}$/.test(written)) throw new InvalidArgumentError('Write a whole number of tokens.');
  return Number(written);
}

function explainLines({ requested, node, lane, rule, targets }: PlanReply, out: Output): string[] {
  const parts = [
    ...(node === null || requested === `node:${node}` ? [] : [`node ${node}`]),
    ...(lane === null || requested === `lane:${lane}` ? [] : [`lane ${lane}`]),
    ...(rule === null ? [] : [`moved by the rule ${rule}`]),
  ];
  const title = parts.length === 0 ? requested : `${requested}: ${parts.join(', ')}`;
  return [title, '', ...planLines(targets, out)];
}
