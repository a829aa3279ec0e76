import type { Engine, Pool } from '../api/types.ts';
import type { Tone } from '../components/badge.svelte';

interface Words {
  readonly text: string;
  readonly tone: Tone;
}

/** How each state of a pool reads. */
export const POOL_STATE: Readonly<Record<Pool['state'], Words>> = {
  ready: { text: 'ready', tone: 'good' },
  draining: { text: 'waiting for requests in progress', tone: 'accent' },
  unloading: { text: 'unloading', tone: 'accent' },
  settling: { text: 'waiting for memory to be released', tone: 'accent' },
  loading: { text: 'loading', tone: 'accent' },
  probing: { text: 'checking that it answers', tone: 'accent' },
  failed: { text: 'last switch failed', tone: 'bad' },
};

/** How each state of an engine reads. */
export const ENGINE_STATE: Readonly<Record<Engine['state'], Words>> = {
  running: { text: 'running', tone: 'good' },
  starting: { text: 'starting', tone: 'accent' },
  stopping: { text: 'stopping', tone: 'accent' },
  stopped: { text: 'stopped', tone: 'plain' },
  unreachable: { text: 'unreachable', tone: 'warn' },
};

/** How each state of a model on an engine reads. */
export const MODEL_STATE: Readonly<Record<Engine['models'][number]['state'], Words>> = {
  loaded: { text: 'loaded', tone: 'good' },
  loading: { text: 'loading', tone: 'accent' },
  unloading: { text: 'unloading', tone: 'accent' },
  unloaded: { text: 'not loaded', tone: 'plain' },
  failed: { text: 'failed', tone: 'bad' },
};

/** What Laneway does with an engine of each driver. */
export const DRIVER: Readonly<Record<Engine['driver'], string>> = {
  router: 'llama-server with several models; Laneway loads and unloads them.',
  process: 'Laneway starts one llama-server for each loaded model.',
  ollama: 'Laneway loads and unloads models by requests to Ollama.',
  command: 'Laneway starts and stops it by the commands of the configuration.',
  none: 'Only observed: Laneway cannot load or unload its models.',
};

/** Why a switch runs. */
export const CAUSE: Readonly<Record<string, string>> = {
  request: 'for waiting requests',
  operator: 'started by an operator',
  burst: 'for the lane that claims the pool',
  return: 'after a claim of the pool',
  idle: 'because the model was idle',
};

/** How each thermal level reads; `normal` is not shown where there is no temperature. */
export const THERMAL: Readonly<Record<Pool['thermal'], Words>> = {
  normal: { text: 'normal', tone: 'good' },
  soft: { text: 'above the soft limit: swaps slow down', tone: 'warn' },
  hard: { text: 'above the hard limit: no model is loaded', tone: 'bad' },
};

/** Where the budget of a pool comes from. */
export const SOURCE: Readonly<Record<NonNullable<Pool['source']>, string>> = {
  configured: 'as configured',
  amdgpu: 'memory of the graphics processor',
  meminfo: 'memory of the machine',
};
