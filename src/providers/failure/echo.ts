import type { Body } from '../../wire/exchange.ts';

/** Whether words of an error are the request's own. */
export interface Echo {
  /** Does the request contain them? Case, punctuation, whitespace and escapes do not matter. */
  contains(words: string): boolean;
}

/** For a failure without a request, such as that of a model list: nothing is an echo. */
export const NO_ECHO: Echo = { contains: () => false };

/**
 * Above this size only the plain spelling of the words is looked for: decoding the whole body would block the serving
 * thread for too long.
 */
const DECODED_MAX_BYTES = 8 * 1024 * 1024;

/** The escapes of JSON; Python's `repr` has some of them too. */
const ESCAPE = /\\(?:u([0-9a-f]{4})|[bfnrt"'\\/])/gi;

/**
 * Finds what validators repeat of the request: pydantic's `input` (vLLM, SGLang, FastAPI servers), a value in quotes
 * (OpenAI, Anthropic). Reads the body only if asked, which happens only for a failing reply whose words mean something.
 */
export class RequestEcho implements Echo {
  readonly #body: Body;
  #squeezed: string | null = null;

  constructor(body: Body) {
    this.#body = body;
  }

  contains(words: string): boolean {
    const wanted = squeeze(words);
    if (wanted === '') return false;
    const body = Buffer.isBuffer(this.#body) ? this.#body : Buffer.concat(this.#body);
    if (body.length > DECODED_MAX_BYTES) {
      return body.includes(words) || body.includes(JSON.stringify(words).slice(1, -1));
    }
    this.#squeezed ??= squeeze(body.toString('utf8'));
    return this.#squeezed.includes(wanted);
  }
}

/** The letters and digits of a text, without escapes: what stays the same however a server quotes it. */
function squeeze(text: string): string {
  return text
    .replace(ESCAPE, (_escape, hex: string | undefined) =>
      hex === undefined ? ' ' : String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}
