import type { Warning } from '../protocol/wire.ts';

/** What a translation drops or changes, each said once, however many messages it concerns. */
export class WarningList {
  readonly #warnings: Warning[] = [];

  get all(): readonly Warning[] {
    return this.#warnings;
  }

  /** It does not reach the model. */
  dropped(detail: string): void {
    this.add('parameter_dropped', detail);
  }

  /** It reaches the model in another form. */
  changed(detail: string): void {
    this.add('parameter_changed', detail);
  }

  add(code: string, detail: string): void {
    const known = this.#warnings.some((warning) => warning.code === code && warning.detail === detail);
    if (!known) this.#warnings.push({ code, detail });
  }
}
