import { OutputTail } from '../processes/output-tail.ts';

/** `load: spawning server instance with name=ID on port 41717`, written by the router itself. */
const SPAWNED = /: spawning server instance with name=(.+) on port (\d+)$/;
/** The router puts a child's port before each of its lines. */
const CHILD = /^\[(\d+)\] (.*)$/s;

/**
 * The output of a router, apart for the process of each model: the words of one that serves, which may contain what it
 * has generated, are never taken for those of one that loads.
 */
export class RouterOutput {
  private readonly tails = new Map<string, { readonly port: string; readonly tail: OutputTail }>();

  /** Takes one line. */
  add(line: string): void {
    const child = CHILD.exec(line);
    if (child !== null) {
      const [, port, rest = ''] = child;
      for (const known of this.tails.values()) if (known.port === port) known.tail.add(rest);
      return;
    }
    const [, modelId, port] = SPAWNED.exec(line) ?? [];
    if (modelId !== undefined && port !== undefined)
      this.tails.set(modelId, { port, tail: new OutputTail() });
  }

  /** What the last process of a model has written; null: nothing is known. */
  of(modelId: string): OutputTail | null {
    return this.tails.get(modelId)?.tail ?? null;
  }

  /** Drops everything, as when the router starts again. */
  clear(): void {
    this.tails.clear();
  }
}
