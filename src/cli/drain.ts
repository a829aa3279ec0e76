/** A listening gateway, as far as shutdown needs it. */
export interface Drainable {
  readonly admission: { drain(): void };
  readonly recorder: { readonly running: number; idle(): Promise<void>; abortAll(): void };
  readonly events: { close(): void };
  readonly server: { readonly server: { closeAllConnections(): void } };
  close(): Promise<void>;
}

/** Options of the shutdown. */
export interface DrainOptions {
  /** Started by npm, whose shell exits on a signal without forwarding it. */
  readonly startedByNpm: boolean;
  readonly log: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** How long running requests may continue after the first signal. */
const DRAIN_MS = 30_000;

/**
 * With npm or the launcher as parent, one signal to the whole process group arrives twice: from its sender and forwarded
 * by the parent, some milliseconds later.
 */
const FORWARDED_MS = 100;

/** After a second signal the process ends, whatever still runs: requests that do not end, a store that does not close. */
const FORCED_MS = 750;

const PARENT_CHECK_MS = 1_000;

/** On SIGTERM or SIGINT lets running requests finish, then exits with 0; a second signal aborts them. */
export function drainOnSignal(gateway: Drainable, options: DrainOptions): void {
  const forwardedMs = options.startedByNpm || process.channel !== undefined ? FORWARDED_MS : 0;
  let draining = false;
  let signalledAt: number | null = null;
  const drain = (): void => {
    if (draining) return;
    draining = true;
    void shutDown(gateway, options);
  };
  const onSignal = (): void => {
    const now = performance.now();
    const isSecond = signalledAt !== null && now - signalledAt > forwardedMs;
    signalledAt ??= now;
    drain();
    if (isSecond) abort(gateway);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // The launcher has exited, even by SIGKILL: nothing else would stop this process.
  process.on('disconnect', drain);
  process.channel?.unref();
  // When npm is stopped, so is this process.
  if (!options.startedByNpm) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    drain();
  }, PARENT_CHECK_MS).unref();
}

/** Aborts running requests, whose clients get an error, and ends the process even if something does not end. */
function abort(gateway: Drainable): void {
  setTimeout(() => process.exit(0), FORCED_MS);
  aborted = gateway.recorder.running;
  gateway.recorder.abortAll();
}

/** Requests that the shutdown ended, for its last line in the log. */
let aborted = 0;

async function shutDown(gateway: Drainable, { log }: DrainOptions): Promise<void> {
  const startedAt = performance.now();
  gateway.admission.drain();
  gateway.events.close();
  const { running } = gateway.recorder;
  log({ running }, 'shutting down');
  const deadline = setTimeout(() => {
    aborted = gateway.recorder.running;
    gateway.recorder.abortAll();
  }, DRAIN_MS);
  await gateway.recorder.idle();
  clearTimeout(deadline);
  gateway.server.server.closeAllConnections();
  await gateway.close();
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1));
  log({ finished: running - aborted, aborted, after_s: seconds }, 'stopped');
  process.exit(0);
}
