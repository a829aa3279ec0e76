import { expect, test } from 'vitest';

import { foreignFault } from '../../src/wire/stream/stream-fault.ts';

test('the end of a model’s server behind a router is named, not called an invalid reply', () => {
  expect(foreignFault(Buffer.from('proxy error: Failed to read connection\n'))).toMatchObject({
    kind: 'cut',
    message: 'lost the server of the model, which ended or was unloaded, during the reply',
  });
});

test('other text outside the events is an invalid reply still', () => {
  expect(foreignFault(Buffer.from('proxy error: x\n'))).toMatchObject({ kind: 'malformed' });
});
