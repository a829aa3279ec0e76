/** As many lines of an engine are kept as an error message may need. */
const MAX_LINES = 100;
const MAX_LENGTH = 500;
/** `load_tensors:  Vulkan0 model buffer size = 1234.56 MiB`, and the same for KV, compute and other buffers. */
const BUFFER = /\bbuffer size\s*=\s*([\d.]+) MiB/;
const MIB = 1024 * 1024;

/** The last lines that a process has written, and the buffers that llama-server reports as allocated. */
export class OutputTail {
  private readonly kept: string[] = [];
  private bufferBytes = 0;

  add(line: string): void {
    const size = BUFFER.exec(line)?.[1];
    if (size !== undefined) this.bufferBytes += Math.round(Number(size) * MIB);
    // A copy, since a slice keeps the whole line alive.
    this.kept.push(line.length > MAX_LENGTH ? Buffer.from(line.slice(0, MAX_LENGTH)).toString() : line);
    if (this.kept.length > MAX_LINES) this.kept.shift();
  }

  get lines(): readonly string[] {
    return this.kept;
  }

  /** Sum of the allocated buffers in bytes; null: the server reports none, as with a verbosity below 4 (b10434). */
  get allocatedBytes(): number | null {
    return this.bufferBytes > 0 ? this.bufferBytes : null;
  }
}
