import type { TargetRequest } from '../exchange.ts';
import { largestLimit, lowerLimit, listedLimit } from '../output-limit.ts';
import { firstStops } from '../stop-sequences.ts';
import type { WarningList } from '../warning-list.ts';
import type { OpenAiChatDialect } from './dialect.ts';

/**
 * The bounds of one target for the values of a request: its output limit (wire case 211) and the number of its stop
 * sequences (wire case 212). Each value that is changed adds a warning.
 */
export class RequestBounds {
  /** The largest output limit that the target accepts for this request, in tokens; `Infinity` if nothing is known. */
  readonly largest: number;
  readonly #mostStops: number | null;
  readonly #warnings: WarningList;

  constructor(dialect: OpenAiChatDialect, target: TargetRequest, warnings: WarningList) {
    this.largest = largestLimit(target, listedLimit(dialect, target.modelId));
    this.#mostStops = dialect.stopSequences;
    this.#warnings = warnings;
  }

  /** The value of an output limit, lowered if it is a number above the largest one. */
  limit(value: unknown, name: string): unknown {
    return typeof value === 'number' ? lowerLimit(value, this.largest, name, this.#warnings) : value;
  }

  /** The value of `stop`, without the sequences that are too many. Returned unchanged if it has none. */
  stops(value: unknown): unknown {
    if (!Array.isArray(value)) return value;
    return firstStops(value as readonly unknown[], this.#mostStops, 'stop', this.#warnings);
  }
}
