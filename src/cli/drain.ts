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

/** The same signal may arrive twice: from the terminal and from the parent process. */
const SAME_SIGNAL_MS = 500;

const PARENT_CHECK_MS = 1_000;

/** On SIGTERM or SIGINT lets running requests finish, then exits with 0; a second signal aborts them. */
export function drainOnSignal(gateway: Drainable, options: DrainOptions): void {
  let drainingSince: number | null = null;
  const drain = (): void => {
    const now = performance.now();
    if (drainingSince === null) {
      drainingSince = now;
      void shutDown(gateway, options);
    } else if (now - drainingSince > SAME_SIGNAL_MS) {
      gateway.recorder.abortAll();
    }
  };
  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);
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

async function shutDown(gateway: Drainable, { log }: DrainOptions): Promise<void> {
  gateway.admission.drain();
  gateway.events.close();
  log({ running: gateway.recorder.running }, 'shutting down');
  const deadline = setTimeout(() => {
    gateway.recorder.abortAll();
  }, DRAIN_MS);
  await gateway.recorder.idle();
  clearTimeout(deadline);
  gateway.server.server.closeAllConnections();
  await gateway.close();
  process.exit(0);
}
