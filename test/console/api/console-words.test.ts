import { expect, test } from 'vitest';

import { apiError } from '../../../src/console/api/api-error.ts';
import { errorText } from '../../../src/console/api/console-words.ts';

const text = (error: object): string => errorText(apiError(400, { error }));

test.each([
  [
    { code: 'exists', param: 'id', message: 'provider "a" exists; whatever the API advises' },
    'provider "a" exists; edit it in the list, or choose another id',
  ],
  [
    { code: 'exists', param: 'name', message: 'profile "a" exists; whatever the API advises' },
    'profile "a" exists; import it under another name',
  ],
  [
    {
      code: 'unfit_target',
      message: 'a/m is unfit for node "n": it has no tools; too small; whatever the API advises',
      detail: { reasons: [{ reason: 'it has no tools' }, { reason: 'too small' }] },
    },
    'a/m is unfit for node "n": it has no tools; too small',
  ],
  [
    { code: 'preflight_failed', message: 'the preflight failed: a/m refused; nothing was changed (option)' },
    'the preflight failed: a/m refused; nothing was changed',
  ],
  [
    {
      code: 'invalid_body',
      param: 'base_url',
      message: 'provider "a.b" not stored: whatever the API says',
      detail: {
        faults: [
          { path: 'providers["a.b"].base_url', message: 'is no URL' },
          { path: 'x', message: 'y' },
        ],
      },
    },
    '2 faults; first: Base URL: is no URL',
  ],
  [
    { code: 'invalid_body', param: 'api_key', message: 'api_key: "env:X" is not the key of this provider' },
    'API key: "env:X" is not the key of this provider',
  ],
])('an error is told by its code, field and detail, however the API words it: %j', (error, words) => {
  expect(text(error)).toBe(words);
});

test.each([
  { code: 'invalid_body', param: 'config.nodes.a', message: 'config.nodes.a: unknown key', detail: {} },
  { code: 'in_use', message: 'provider "a" is needed by the configuration files: lanes.b: c' },
  { code: 'store_unavailable', message: 'no space left; try again' },
])('an error without advice for calls stays as it is: %j', (error) => {
  expect(text(error)).toBe(error.message);
});
