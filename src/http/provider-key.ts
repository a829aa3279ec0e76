import { z } from 'zod';

/** Longest key, in characters: more does not fit the headers that servers accept. */
const KEY_MAX = 8_192;

/** A key, which is sent in a header. Its messages never contain it. */
export const keySchema = z
  .string()
  .trim()
  .min(1)
  .max(KEY_MAX)
  .regex(/^[\x21-\x7e]*$/, 'must be ASCII text without spaces and line breaks');

/** Ids of the providers that calls may add. */
export const providerIdSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_.-]{0,63}$/,
    'must start with a lower-case letter or digit and contain only these, ".", "_" and "-", at most 64 characters',
  );
