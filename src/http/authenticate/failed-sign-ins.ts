import { GatewayError } from '../../protocol/errors.ts';

/** Wrong tokens of one address in a minute. */
const FAILURES_MAX = 10;
/** Addresses that are counted apart in a minute; all further ones are counted together. */
const ADDRESSES_MAX = 200;
const MINUTE_MS = 60_000;
const OTHERS = '';

/** Limits how fast tokens can be guessed, by address, so that one caller does not keep others from signing in. */
export class FailedSignIns {
  readonly #now: () => number;
  readonly #failures = new Map<string, number>();
  #startedAt = -Infinity;

  /** `now`: monotonic ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws `rate_limit_exceeded` while an address has failed too often; then not even the right token counts. */
  check(address: string): void {
    const passed = this.#now() - this.#startedAt;
    if (passed >= MINUTE_MS) this.#failures.clear();
    if ((this.#failures.get(this.#nameOf(address)) ?? 0) < FAILURES_MAX) return;
    const retryAfterS = Math.max(1, Math.ceil((MINUTE_MS - passed) / 1000));
    const message = `too many wrong tokens from this address; try again in ${retryAfterS} s`;
    throw new GatewayError('rate_limit_exceeded', message, { retryAfterS });
  }

  /** Counts a wrong token. */
  add(address: string): void {
    if (this.#failures.size === 0) this.#startedAt = this.#now();
    const name = this.#nameOf(address);
    this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
  }

  #nameOf(address: string): string {
    return this.#failures.has(address) || this.#failures.size < ADDRESSES_MAX ? address : OTHERS;
  }
}
