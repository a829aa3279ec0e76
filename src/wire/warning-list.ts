import type { Warning } from '../protocol/wire.ts';

/** Warnings of one translation that are kept: the trace stores them, and the header has room for fewer. */
const KEPT_MAX = 100;

/** Collects what a translation drops or changes, the first 100 of it. Duplicate warnings are ignored. */
export class WarningList {
  readonly #warnings: Warning[] = [];

  get all(): readonly Warning[] {
    return this.#warnings;
  }

  /** Adds a warning that a part of the request does not reach the model. */
  dropped(detail: string): void {
    this.add('parameter_dropped', detail);
  }

  /** Adds a warning that a part of the request reaches the model in another form. */
  changed(detail: string): void {
    this.add('parameter_changed', detail);
  }

  add(code: string, detail: string): void {
    if (this.#warnings.length >= KEPT_MAX) return;
    const known = this.#warnings.some((warning) => warning.code === code && warning.detail === detail);
    if (!known) this.#warnings.push({ code, detail });
  }
}
