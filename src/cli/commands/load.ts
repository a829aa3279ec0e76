import { Command } from 'commander';
import { stepsOf, type SwitchStep } from '../client/engine-switch.ts';
import { endedStream } from '../client/gateway-client.ts';
import { serverSentEvents } from '../client/server-sent-events.ts';
import { CommandFault, EXIT } from '../exit-codes.ts';
import { withExamples } from '../examples.ts';
import { readModelArgument } from '../model-argument.ts';
import { durationText } from '../output/durations.ts';
import { progressBar, progressLines, type ProgressDisplay } from '../output/switch-progress.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession, type Session } from '../session.ts';

type Verb = 'load' | 'unload';

/** The reply to a load or unload that is done. */
interface DoneReply {
  readonly provider: string;
  readonly model_id: string;
  readonly state: string;
  /** null: nothing had to be loaded. */
  readonly load_ms: number | null;
}

type VerbReply =
  | DoneReply
  | {
      readonly accepted: true;
      readonly switch_id: string;
      readonly provider: string;
      readonly model: string;
    };

/** `laneway load PROVIDER/MODEL`: loads a model on its engine, and shows how far it is. */
export function loadCommand(ports: CommandPorts): Command {
  return withExamples(
    verbCommand('load', ports)
      .summary('load a model on its engine')
      .description(
        'load a model on its local engine, and unload others if it needs their memory; requests in progress end first',
      ),
    'laneway load llamacpp/qwen3-8b-q4_k_m',
    'laneway load ollama/llama3.1:8b --force',
  );
}

/** `laneway unload PROVIDER/MODEL`: unloads a model once its requests have ended. */
export function unloadCommand(ports: CommandPorts): Command {
  return withExamples(
    verbCommand('unload', ports)
      .summary('unload a model from its engine')
      .description('unload a model from its local engine once its requests in progress have ended'),
    'laneway unload llamacpp/qwen3-8b-q4_k_m',
  );
}

function verbCommand(verb: Verb, ports: CommandPorts): Command {
  const command = new Command(verb)
    .argument('<model>', 'PROVIDER/MODEL')
    .option('--force', 'cut requests in progress instead of waiting for them')
    .action(async (written: string, { force }: { readonly force?: true }) => {
      const session = openSession(command, ports);
      await operate({ verb, written, force: force === true }, session, ports);
    });
  return command;
}

interface Order {
  readonly verb: Verb;
  readonly written: string;
  readonly force: boolean;
}

async function operate(order: Order, session: Session, ports: CommandPorts): Promise<void> {
  const { client, out } = session;
  const { verb, written, force } = order;
  const advice = `"${written}" is not a model: write PROVIDER/MODEL`;
  const { provider, modelId } = await readModelArgument(written, client, advice);
  const ending = new AbortController();
  try {
    // Before the call: the first steps may be over when it returns.
    const events = serverSentEvents(await client.stream('/api/events', ending.signal));
    const reply = await client.call<VerbReply>({
      method: 'POST',
      path: `/api/engines/${encodeURIComponent(provider)}/models/${encodeURIComponent(modelId)}/${verb}`,
      body: force ? { force } : {},
      respondAsync: true,
    });
    if (!('accepted' in reply)) {
      out.result(reply, (done) => [`${nameOf(done)} is ${done.state} already`]);
      return;
    }
    const steps = stepsOf(reply.switch_id, events);
    const display = displayOf(session, ports);
    const ms = await follow(order, { steps, display, ending, url: client.url }, ports);
    const target = { provider: reply.provider, model_id: reply.model };
    const done: DoneReply = {
      ...target,
      state: `${verb}ed`,
      load_ms: verb === 'load' ? ms : null,
    };
    out.result(done, (shown) => [doneText(shown)]);
  } finally {
    ending.abort();
  }
}

function displayOf({ out, showsProgress }: Session, ports: CommandPorts): ProgressDisplay {
  return showsProgress ? progressBar(ports, ports.now()) : progressLines(out);
}

interface Following {
  readonly steps: AsyncIterable<SwitchStep>;
  readonly display: ProgressDisplay;
  /** Aborted by Ctrl-C. */
  readonly ending: AbortController;
  readonly url: string;
}

/** Shows the steps of a switch, and returns how long the load took in ms. Throws a `CommandFault` unless it is ready. */
async function follow(
  { verb, written, force }: Order,
  { steps, display, ending, url }: Following,
  { onInterrupt, now }: CommandPorts,
): Promise<number> {
  const release = onInterrupt(() => {
    ending.abort();
  });
  let phase = '';
  let loadingSince = now();
  try {
    for await (const step of steps) {
      display.show(step);
      if (step.state === 'failed') throw failedFault(verb, written, step, phase === 'draining' && !force);
      if (step.state === 'ready') return now() - loadingSince;
      if (step.state === 'loading' && phase !== 'loading') loadingSince = now();
      phase = step.state;
    }
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    release();
    display.end();
  }
  throw ending.signal.aborted ? interruptedFault(verb, written) : endedStream(url);
}

function failedFault(verb: Verb, written: string, { reason }: SwitchStep, canForce: boolean): CommandFault {
  const advice = canForce ? '; --force cuts them' : '';
  return new CommandFault(EXIT.no, `${written} was not ${verb}ed: ${reason ?? 'no reason given'}${advice}`);
}

function interruptedFault(verb: Verb, written: string): CommandFault {
  return new CommandFault(
    EXIT.interrupted,
    `the gateway goes on to ${verb} ${written}; laneway pools shows how far it is`,
  );
}

function doneText(done: DoneReply): string {
  const { state, load_ms: ms } = done;
  return `${nameOf(done)} is ${state}${ms === null ? '' : `, after ${durationText(ms)}`}`;
}

function nameOf({ provider, model_id: id }: DoneReply): string {
  return `${provider}/${id}`;
}
