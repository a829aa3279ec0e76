import { expect, test } from 'vitest';
import type { Part } from '../../../../src/protocol/chat.ts';
import { responsesDialect } from '../../../../src/wire/openai-responses/dialect.ts';
import { encodeResponsesRequest } from '../../../../src/wire/openai-responses/encode/request.ts';
import { assistant, call, chatRequest, text, user } from '../../../support/openai-upstream.ts';
import { target } from '../../../support/wire.ts';

const file = (name: string | null): Part & { readonly type: 'document' } => ({
  type: 'document',
  source: { kind: 'url', url: 'https://example.com/a.pdf' },
  name,
  cache: null,
});

test('the name of a file at an address, which the Responses API refuses beside it, is reported as dropped', () => {
  const warningsOf = (...parts: Part[]): string[] => {
    const messages = [user(text('hi')), assistant(call('c')), user(...parts)];
    const { body, warnings } = encodeResponsesRequest(
      chatRequest({ messages }),
      target(),
      responsesDialect(),
    );
    expect(String(body)).not.toContain('filename');
    return warnings.map(({ code, detail }) => `${code}=${detail}`);
  };
  const result = { type: 'tool-result' as const, callId: 'c', isError: false, cache: null };
  const dropped = ['parameter_dropped=messages.file_url (name)'];
  expect(warningsOf({ ...result, content: [file('Report.pdf')] })).toEqual(dropped);
  expect(warningsOf({ ...result, content: [] }, file('Report.pdf'))).toEqual(dropped);
  expect(warningsOf({ ...result, content: [file(null)] }, file(null))).toEqual([]);
});
