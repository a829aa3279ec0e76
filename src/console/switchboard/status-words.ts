import type { AvailableModel } from '../api/types.ts';
import type { Tone } from '../components/badge.svelte';

type Status = AvailableModel['status'];

/** How each status of a model reads, and its tone. */
export const STATUS: Readonly<Record<Status, { readonly text: string; readonly tone: Tone }>> = {
  available: { text: 'ready', tone: 'good' },
  loaded: { text: 'loaded', tone: 'good' },
  loading: { text: 'loading', tone: 'warn' },
  unloaded: { text: 'not loaded', tone: 'plain' },
  needs_key: { text: 'needs a key', tone: 'warn' },
  key_refused: { text: 'key refused', tone: 'bad' },
  cooling_down: { text: 'cooling down', tone: 'warn' },
  breaker_open: { text: 'failing', tone: 'bad' },
  unreachable: { text: 'unreachable', tone: 'bad' },
  gone: { text: 'no longer listed', tone: 'bad' },
  disabled: { text: 'disabled', tone: 'plain' },
  not_installed: { text: 'not installed', tone: 'bad' },
  unknown: { text: 'not checked yet', tone: 'plain' },
};

/** How each speed reads. */
export const SPEED: Readonly<Record<NonNullable<AvailableModel['speed']>, string>> = {
  ultra_fast: 'ultra fast',
  very_fast: 'very fast',
  fast: 'fast',
  medium: 'medium',
  slow: 'slow',
};
