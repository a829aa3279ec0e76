import { expect, test } from 'vitest';
import { scanResponses } from '../../../src/wire/openai-responses/scan.ts';
import { withoutThinking } from '../../../src/wire/openai-responses/without-thinking.ts';
import { json } from '../../support/wire.ts';

const USER = { role: 'user', content: 'Hi' };
const reasoning = (encrypted_content: string | null): object => ({
  ...{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content },
});

function kept(input: object[], signatures: readonly string[] | null): unknown {
  const { body } = withoutThinking(scanResponses(json({ model: 'm', input })), signatures);
  return (JSON.parse(body.toString()) as { input: { encrypted_content?: string | null }[] }).input.map(
    (item) => item.encrypted_content,
  );
}

test('wire case 189: reasoning goes back only to the model that made it', () => {
  const input = [USER, reasoning('a'), reasoning('b'), reasoning('laneway:redacted:c'), reasoning(null)];
  expect(kept(input, ['a', 'c'])).toEqual([undefined, 'a', 'laneway:redacted:c', null]);
  expect(kept(input, [])).toEqual([undefined, null]);
  expect(kept(input, null)).toEqual([undefined, 'a', 'b', 'laneway:redacted:c', null]);
});

test('reasoning as plain text is removed only where a target has refused it', () => {
  expect(kept([USER, reasoning(null)], [])).toEqual([undefined]);
});

test('wire case 189: translated reasoning without a signature goes to no server of this API', () => {
  const own = { ...reasoning(null), id: 'rs_lw_1_0' };
  expect(scanResponses(json({ input: [USER, own] })).hasUnsignedThinking).toBe(true);
  expect(scanResponses(json({ input: [USER, { ...own, encrypted_content: 'a' }] })).hasUnsignedThinking).toBe(
    false,
  );
  expect(scanResponses(json({ input: [{ ...own, id: 'rs_1' }] })).hasUnsignedThinking).toBe(false);
  expect(kept([USER, own], null)).toEqual([undefined]);
});

test('a text as input stays as it is', () => {
  const request = scanResponses(json({ input: 'Hi' }));
  expect(withoutThinking(request, [])).toBe(request);
});
