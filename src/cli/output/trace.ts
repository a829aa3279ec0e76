import type { PlanTargetReply, RequestReply, WarningReply } from '../client/replies.ts';
import { durationText, timeText } from './durations.ts';
import type { Output } from './output.ts';
import { planLines } from './plan-table.ts';
import { stateColor } from './request-table.ts';
import { pairLines } from './wrap.ts';

interface AttemptReply {
  readonly n: number;
  readonly target: string;
  readonly class: string | null;
  readonly status: number | null;
  readonly start_ms: number;
  readonly first_token_ms: number | null;
  readonly duration_ms: number | null;
  readonly message: string | null;
}

/** What is shown of `GET /api/debug/requests/{id}`. */
export interface TraceReply extends RequestReply {
  readonly generation: number;
  readonly user: string | null;
  readonly stream: boolean;
  readonly phases: readonly {
    readonly name: string;
    readonly start_ms: number;
    readonly duration_ms: number;
  }[];
  readonly plan: readonly PlanTargetReply[];
  readonly attempts: readonly AttemptReply[];
  readonly usage: {
    readonly input_tokens: number | null;
    readonly output_tokens: number | null;
    readonly estimated: boolean;
  };
  readonly cost: { readonly usd: number | null };
  readonly warnings: readonly WarningReply[];
}

/** One request in full: summary, phases, attempts, plan. */
export function traceLines(trace: TraceReply, out: Output): string[] {
  const { title } = out.colors;
  return [
    ...pairLines(summary(trace, out), out.width),
    '',
    title('Phases'),
    ...phaseLines(trace, out),
    '',
    title('Attempts'),
    ...attemptLines(trace.attempts, out),
    '',
    title('Plan'),
    ...planLines(trace.plan, out),
  ];
}

function summary(trace: TraceReply, out: Output): (readonly [string, string])[] {
  const { id, state, status, started_at: at, duration_ms: ms, error, warnings, usage, cost, user } = trace;
  const took = ms === null ? '' : ` in ${durationText(ms)}`;
  const { input_tokens: input, output_tokens: output, estimated } = usage;
  return [
    ['request', id],
    ['state', `${stateColor(state, out.colors)(state)}${status === null ? '' : `, ${status}`}${took}`],
    ['started', `${timeText(at)} UTC, generation ${trace.generation}`],
    ['for', forText(trace)],
    ...(user === null ? [] : [['user', user] as const]),
    ['answered by', trace.target ?? 'none'],
    ['tokens', `${input ?? '?'} in, ${output ?? '?'} out${estimated ? ' (estimated)' : ''}`],
    ...(cost.usd === null ? [] : [['cost', `$${cost.usd}`] as const]),
    ...(error === null ? [] : [['error', out.colors.bad(error.message)] as const]),
    ...warnings.map(({ code, detail }) => ['warning', `${detail} (${code})`] as const),
  ];
}

function forText({ endpoint, requested, node, lane, stream }: TraceReply): string {
  const via = [
    ...(node === null || requested === `node:${node}` ? [] : [`node ${node}`]),
    ...(lane === null || requested === `lane:${lane}` ? [] : [`lane ${lane}`]),
    stream ? 'streamed' : 'whole reply',
  ];
  return `${requested ?? '-'} at ${endpoint ?? '-'} (${via.join(', ')})`;
}

function phaseLines({ phases }: TraceReply, out: Output): string[] {
  const total = Math.max(...phases.map((phase) => phase.start_ms + phase.duration_ms), 0);
  return out.table(phases, [
    { title: 'PHASE', text: ({ name }) => name },
    { title: 'START', text: ({ start_ms: ms }) => durationText(ms), align: 'right' },
    { title: 'TOOK', text: ({ duration_ms: ms }) => durationText(ms), align: 'right' },
    { title: '', text: ({ start_ms: start, duration_ms: ms }) => bar(start, ms, total), dropped: 1 },
  ]);
}

const BAR_WIDTH = 30;

/** The place of a phase in the whole request. */
function bar(start: number, duration: number, total: number): string {
  if (total === 0) return '';
  const before = Math.min(Math.floor((start / total) * BAR_WIDTH), BAR_WIDTH - 1);
  const length = Math.max(Math.round((duration / total) * BAR_WIDTH), 1);
  return `${' '.repeat(before)}${'━'.repeat(Math.min(length, BAR_WIDTH - before))}`;
}

function attemptLines(attempts: readonly AttemptReply[], out: Output): string[] {
  if (attempts.length === 0) return ['none: no target was called'];
  const { good, bad } = out.colors;
  const lines = out.table(attempts, [
    { title: '#', text: ({ n }) => String(n), align: 'right' },
    { title: 'TARGET', text: ({ target }) => target, cut: 'middle' },
    {
      title: 'RESULT',
      text: (attempt) => attempt.class ?? 'ok',
      color: (text, attempt) => (attempt.class === null ? good : bad)(text),
    },
    { title: 'STATUS', text: ({ status }) => (status === null ? '' : String(status)) },
    { title: 'START', text: ({ start_ms: ms }) => durationText(ms), align: 'right', dropped: 2 },
    {
      title: 'FIRST TOKEN',
      text: ({ first_token_ms: ms }) => (ms === null ? '' : durationText(ms)),
      align: 'right',
      dropped: 1,
    },
    {
      title: 'TOOK',
      text: ({ duration_ms: ms }) => (ms === null ? '' : durationText(ms)),
      align: 'right',
    },
  ]);
  const messages = attempts.flatMap(({ n, message }) =>
    message === null ? [] : out.paragraph(`${n}: ${message}`, '  '),
  );
  return [...lines, ...messages];
}
