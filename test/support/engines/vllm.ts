import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';

import { ENGINES } from './engines.ts';

const HOME = join(ENGINES, 'vllm');

/** Why tests that start a vLLM themselves do not run; null: they do. */
export const vllmSkipReason =
  process.env['LANEWAY_TEST_VLLM'] !== '1'
    ? 'LANEWAY_TEST_VLLM=1 runs them'
    : existsSync(join(HOME, 'venv/bin/vllm'))
      ? null
      : `no vLLM in ${HOME}`;

/**
 * The command of a vLLM on the processor with a tiny model of the name `tiny` and a window of 1,024 tokens. One pinned core
 * at a low priority: it takes up to two minutes to start. `folder` is for its caches.
 */
export function vllmCommand(
  folder: string,
  port: number,
  {
    variables = [],
    options = [],
  }: { readonly variables?: readonly string[]; readonly options?: readonly string[] } = {},
): readonly string[] {
  const offline = ['HF_HUB_OFFLINE=1', 'TRANSFORMERS_OFFLINE=1', 'VLLM_NO_USAGE_STATS=1', 'DO_NOT_TRACK=1'];
  const caches = [`HF_HOME=${folder}/hf`, `VLLM_CACHE_ROOT=${HOME}/run/cache`];
  const small = ['VLLM_CPU_KVCACHE_SPACE=1', 'VLLM_CPU_OMP_THREADS_BIND=1', 'OMP_NUM_THREADS=1'];
  const quick = ['TORCHDYNAMO_DISABLE=1', 'TOKENIZERS_PARALLELISM=false'];
  return [
    ...['env', ...offline, ...caches, ...small, ...quick, ...variables],
    ...['taskset', '-c', '1', 'nice', '-n', '10', join(HOME, 'venv/bin/vllm'), 'serve'],
    ...[join(HOME, 'models/tiny-random'), '--host', '127.0.0.1', '--port', String(port)],
    ...['--served-model-name', 'tiny', '--max-model-len', '1024', '--dtype', 'float32', '--enforce-eager'],
    ...options,
  ];
}

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
