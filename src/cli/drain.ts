/** What can be drained: a gateway that listens. */
export interface Drainable {
  readonly admission: { drain(): void };
  readonly recorder: { readonly running: number; idle(): Promise<void>; abortAll(): void };
  readonly events: { close(): void };
  readonly server: { readonly server: { closeAllConnections(): void } };
  close(): Promise<void>;
}

/** How the process is asked to end. */
export interface DrainOptions {
  /** npm started us: its shell dies of a signal without passing it on. */
  readonly belowNpm: boolean;
  readonly log: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** How long running requests may go on after the first signal. */
const DRAIN_MS = 30_000;

/** One signal may come twice: from the terminal and from whoever started us. */
const SAME_SIGNAL_MS = 500;

const PARENT_CHECK_MS = 1_000;

/** Lets running requests finish, then leaves with 0; a second signal does not wait. */
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
  // The launcher is gone, however it went: nobody would ever stop this process.
  process.on('disconnect', drain);
  process.channel?.unref();
  // Whoever asked npm to stop means this process.
  if (!options.belowNpm) return;
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
