import { GatewayError } from '../../../protocol/errors.ts';
import type { Warning } from '../../../protocol/wire.ts';
import type { JsonObject } from '../../json/value.ts';

/** Most warnings about dropped keys for one request. */
const MAX_WARNINGS = 16;

/**
 * The keys of a client's body, plus the target's defaults for keys that the client did not send, not even as null.
 * Explicit nulls count as absent (wire case 80).
 */
export class RequestValues {
  readonly warnings: Warning[] = [];
  readonly #body: JsonObject;
  readonly #values: Map<string, unknown>;

  constructor(body: JsonObject, params: Readonly<Record<string, unknown>>) {
    this.#body = body;
    this.#values = new Map(Object.entries(body));
    for (const [name, value] of Object.entries(params)) {
      if (!this.#values.has(name)) this.#values.set(name, value);
    }
  }

  /** Did the client send this key, even as null? */
  isSent(name: string): boolean {
    return Object.hasOwn(this.#body, name);
  }

  /** Names and values that are not null. */
  *given(): Generator<readonly [string, unknown]> {
    for (const [name, value] of this.#values) if (value !== null && value !== undefined) yield [name, value];
  }

  /**
   * Reads one value with `reader`, which throws a `GatewayError` for an invalid value; null when absent. An invalid
   * default only causes a warning: the client did not send it.
   */
  read<Value>(name: string, reader: (value: unknown, path: string) => Value): Value | null {
    const value = this.#values.get(name) ?? null;
    if (value === null) return null;
    try {
      return reader(value, name);
    } catch (error) {
      if (this.isSent(name) || !(error instanceof GatewayError)) throw error;
      this.report(name);
      return null;
    }
  }

  /** Adds a warning that this key was dropped. */
  report(name: string): void {
    if (this.warnings.length >= MAX_WARNINGS) return;
    this.warnings.push({ code: 'parameter_dropped', detail: name.slice(0, 64) });
  }
}
