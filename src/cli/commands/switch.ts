import { Command, InvalidArgumentError } from 'commander';
import { SLOW_CALL_MS, type GatewayClient } from '../client/gateway-client.ts';
import type { SwitchedReply } from '../client/replies.ts';
import { EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { readModelArgument } from '../model-argument.ts';
import { durationText, parseDuration, untilText } from '../output/durations.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

interface Options {
  readonly reason?: string;
  /** Seconds. */
  readonly expires?: number;
  readonly dryRun?: true;
  readonly preflight?: true;
  readonly rollback?: Rollback;
  readonly force?: true;
}

interface Rollback {
  readonly after_errors: number;
  readonly within_s: number;
}

type Target = { readonly lane: string } | { readonly provider: string; readonly model_id: string };

/** `laneway switch NODE TARGET`: assigns a node, or a lane, to another model or lane. */
export function switchCommand(ports: CommandPorts): Command {
  const command = new Command('switch')
    .summary('assign a node to another model or lane')
    .description('assign a node to another model or lane; requests that are running keep theirs')
    .argument('<node>', 'the node, or lane:NAME')
    .argument('<target>', 'PROVIDER/MODEL, or lane:NAME')
    .option('-r, --reason <text>', 'why, for the audit')
    .option('-e, --expires <duration>', 'back to the default after this time: 90s, 10m, 2h, 3d', readExpiry)
    .option('-n, --dry-run', 'check the switch and show its result, without making it')
    .option(
      '--preflight',
      'send one short request to the new target first, loading it if needed; a failure switches nothing',
    )
    .option('--rollback <errors/seconds>', 'switch back after so many errors within this time', readRollback)
    .option('--force', 'switch even to a target that cannot serve the node')
    .action(async (node: string, target: string, options: Options) => {
      const { client, out } = openSession(command, ports);
      const reply = await client.call<SwitchedReply>({
        method: 'PUT',
        path: `/api/debug/models/${encodeURIComponent(node)}`,
        body: { ...(await readTarget(target, client)), ...bodyOptions(options) },
        ...(options.preflight === true && { timeoutMs: SLOW_CALL_MS }),
      });
      out.result(reply, (switched) => switchedLines(switched, out, ports.now()));
      noteWarnings(reply, out);
      if (reply.fit === false) ports.setExitCode(EXIT.no);
    });
  return withExamples(
    command,
    'laneway switch evaluate groq/llama-3.3-70b-versatile --reason cheaper --expires 2h',
    'laneway switch planning lane:coder --dry-run',
  );
}

function bodyOptions({ reason, expires, dryRun, preflight, rollback, force }: Options): object {
  return {
    ...(reason !== undefined && { reason }),
    ...(expires !== undefined && { expires_in_s: expires }),
    ...(dryRun === true && { dry_run: true }),
    ...(preflight === true && { preflight: true }),
    ...(rollback !== undefined && { rollback }),
    ...(force === true && { force: true }),
  };
}

/** Throws a `CommandFault` (2) that names similar models when the provider is missing. */
async function readTarget(written: string, client: GatewayClient): Promise<Target> {
  if (written.startsWith('lane:') && written.length > 'lane:'.length)
    return { lane: written.slice('lane:'.length) };
  const advice = `"${written}" is not a target: write PROVIDER/MODEL or lane:NAME`;
  const { provider, modelId } = await readModelArgument(written, client, advice);
  return { provider, model_id: modelId };
}

function readExpiry(written: string): number {
  const seconds = parseDuration(written);
  if (seconds === null) throw new InvalidArgumentError('Write a number with its unit: 90s, 10m, 2h, 3d.');
  return seconds;
}

function readRollback(written: string): Rollback {
  const [, errors = '', seconds = ''] = /^([1-9]\d{0,5})\/([1-9]\d{0,6})s?$/.exec(written) ?? [];
  if (errors === '') throw new InvalidArgumentError('Write ERRORS/SECONDS: 5/300 is 5 errors within 300 s.');
  return { after_errors: Number(errors), within_s: Number(seconds) };
}

/** What a switch, an undo or a reset of one node has done, in lines. */
export function switchedLines(reply: SwitchedReply, out: Output, now: number): string[] {
  const { node, previous, generation, expires_at: expires, fit, reasons = [], preflight } = reply;
  const { accent, bad, good } = out.colors;
  const until = expires === null ? '' : `, expires ${untilText(expires, now)}`;
  const before = assignedText(node, previous.assigned);
  const after = accent(assignedText(node, reply.assigned));
  const change = previous.assigned === reply.assigned ? `${after}, as before` : `${before} → ${after}`;
  const lines = [`${node}: ${change}${laneModelText(reply)}${until}`, ...meanwhileLines(reply, out)];
  if (preflight != null) lines.push(preflightLine(preflight, out));
  if (fit === undefined) return [...lines, `generation ${generation}`];
  lines.push(`dry run: nothing was changed; the target is ${fit ? good('fit') : bad('unfit')}`);
  return [...lines, ...reasons.map(({ code, reason }) => `  ${code}: ${reason}`)];
}

/** A lane is assigned to a model, which is put first in its chain, or has the configured chain only. */
function assignedText(node: string, assigned: string | null): string {
  return assigned ?? (node.startsWith('lane:') ? 'configured chain' : 'none');
}

/** Which model of its chain a lane uses now. */
function laneModelText({ assigned, answers }: SwitchedReply): string {
  if (assigned !== null && !assigned.startsWith('lane:')) return '';
  return ` (${answers.target ?? 'no model'} now)`;
}

/** Which other model answers while the assigned one cannot. */
function meanwhileLines({ assigned, answers, fit }: SwitchedReply, out: Output): string[] {
  const { target, reason } = answers;
  if (assigned === null || assigned.startsWith('lane:') || assigned === target) return [];
  const verb = fit === undefined ? 'answers' : 'would answer';
  const why = target === null && reason !== null ? `: ${reason}` : '';
  return out.paragraph(`${target ?? 'no model'} ${verb} meanwhile${why}`);
}

function preflightLine(preflight: NonNullable<SwitchedReply['preflight']>, out: Output): string {
  const { ok, duration_ms: ms, message } = preflight;
  const took = ms === null ? '' : ` in ${durationText(ms)}`;
  if (ok) return `preflight: ${out.colors.good('answered')}${took}`;
  return `preflight: ${out.colors.bad('failed')}${took}${message === null ? '' : `: ${message}`}`;
}

/** Prints the warnings of a switch to standard error. */
export function noteWarnings({ warnings }: Pick<SwitchedReply, 'warnings'>, out: Output): void {
  for (const { code, detail } of warnings) out.note(`warning: ${detail} (${code})`);
}
