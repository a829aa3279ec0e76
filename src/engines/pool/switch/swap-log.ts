const WINDOW_MS = 600_000;

/** How much of the last ten minutes went into swaps. Times in monotonic ms. */
export class SwapLog {
  #swaps: { readonly from: number; readonly to: number }[] = [];

  add(from: number, to: number): void {
    this.#swaps.push({ from, to });
  }

  /** 0 to 1. */
  share(now: number): number {
    const start = now - WINDOW_MS;
    this.#swaps = this.#swaps.filter(({ to }) => to > start);
    return this.#swaps.reduce((sum, { from, to }) => sum + (to - Math.max(from, start)), 0) / WINDOW_MS;
  }
}
