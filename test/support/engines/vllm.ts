import { describe } from 'vitest';

/** A running vLLM that somebody has started for these tests. */
export interface VllmServer {
  /** Its origin, without `/v1`. */
  readonly url: string;
  /** Of `--api-key`; null: it needs none. */
  readonly key: string | null;
}

/** One with `--enable-auto-tool-choice --tool-call-parser …` and a chat template that knows tools; null where none is named. */
export const vllmWithTools = serverAt('LANEWAY_TEST_VLLM_URL', 'LANEWAY_TEST_VLLM_KEY');

/** One without any option for tools; null where none is named. */
export const vllmWithoutTools = serverAt('LANEWAY_TEST_VLLM_BARE_URL', 'LANEWAY_TEST_VLLM_BARE_KEY');

/**
 * `describe` for tests with a real vLLM: skipped with the reason in its name where its variable is not set. A vLLM takes
 * a minute and 4 GB of memory to start, so these tests do not start one.
 */
export function describeWithVllm(
  name: string,
  server: VllmServer | null,
  tests: (server: VllmServer) => void,
): void {
  const variable = server === vllmWithTools ? 'LANEWAY_TEST_VLLM_URL' : 'LANEWAY_TEST_VLLM_BARE_URL';
  if (server === null) describe.skip(`${name} (${variable} names no running vLLM)`, () => tests(NONE));
  else describe(name, () => tests(server));
}

const NONE: VllmServer = { url: 'http://127.0.0.1:9', key: null };

function serverAt(urlVariable: string, keyVariable: string): VllmServer | null {
  const url = process.env[urlVariable];
  return url === undefined
    ? null
    : { url: url.replace(/\/(?:v1\/?)?$/, ''), key: process.env[keyVariable] ?? null };
}
