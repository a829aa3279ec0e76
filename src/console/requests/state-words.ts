import type { RequestSummary } from '../api/types.ts';
import type { Tone } from '../components/badge.svelte';

/** How each state of a request reads, and its tone. */
export const STATE: Readonly<
  Record<RequestSummary['state'], { readonly text: string; readonly tone: Tone }>
> = {
  running: { text: 'running', tone: 'accent' },
  settled: { text: 'answered', tone: 'good' },
  partial: { text: 'incomplete', tone: 'bad' },
  client_closed: { text: 'client disconnected', tone: 'plain' },
  failed: { text: 'failed', tone: 'bad' },
  interrupted: { text: 'interrupted', tone: 'bad' },
};
