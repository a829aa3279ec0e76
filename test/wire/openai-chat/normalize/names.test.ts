import { describe, expect, test } from 'vitest';
import { contextOf, deltasOf, guardOf, madeId, mended } from '../../../support/openai-guard.ts';
import { chunk, DONE, event, FINISH, relay, ROLE, TEXT, USAGE } from '../../../support/wire.ts';

const role = (delta: object, index = 0): string => chunk(delta, null, {}, index);

describe('wire cases 25, 26: the role is in the first delta of a choice and nowhere else', () => {
  test.each([
    ['no role', [chunk({ content: 'a' }), chunk({ content: 'b' })]],
    ['a null role', [chunk({ role: null, content: 'a' }), chunk({ content: 'b' })]],
    ['another role', [chunk({ role: 'Assistant', content: 'a' }), chunk({ content: 'b' })]],
    ['the role on every chunk', ['a', 'b'].map((content) => chunk({ role: 'assistant', content }))],
    ['an empty role later', [chunk({ role: 'assistant', content: 'a' }), chunk({ role: '', content: 'b' })]],
  ])('%s', (_name, events) => {
    expect(deltasOf(mended([...events, FINISH, DONE]))).toEqual([
      { role: 'assistant', content: 'a' },
      { content: 'b' },
      {},
    ]);
  });

  test('wire case 32: each of several choices has its own first delta', () => {
    const events = [role({ content: 'a' }, 0), role({ content: 'b' }, 1), role({ content: 'c' }, 1)];
    const ends = [chunk({}, 'stop', {}, 1), chunk({}, 'stop', {}, 0)];
    expect(deltasOf(mended([...events, ...ends]))).toEqual([
      { role: 'assistant', content: 'a' },
      { role: 'assistant', content: 'b' },
      { content: 'c' },
      {},
      {},
    ]);
  });

  test('wire case 39: an empty answer is a role and a finish reason, and stays empty', () => {
    expect(deltasOf(mended([ROLE, FINISH, DONE]))).toEqual([{ role: 'assistant', content: '' }, {}]);
    expect(mended([FINISH, DONE])).toMatchObject([
      { choices: [{ delta: { role: 'assistant' }, finish_reason: 'stop' }] },
    ]);
  });
});

describe('wire case 28: one id, time and model for the whole stream', () => {
  const names = (events: readonly string[], guard = guardOf()): unknown[][] =>
    (mended(events, guard) as Record<string, unknown>[]).map(({ id, created, model, object }) => [
      id,
      created,
      model,
      object,
    ]);
  const OURS = ['chatcmpl-1', 1, 'm-1', 'chat.completion.chunk'];

  test.each([
    ['change from chunk to chunk', { id: 'chatcmpl-2', created: 2, model: 'm-2' }],
    ['are empty later', { id: '', created: 0, model: '', object: '' }],
    ['are missing later', { id: undefined, created: undefined, model: undefined, object: undefined }],
    ['are null later', { id: null, created: null, model: null, object: null }],
  ])('values that %s are those of the first chunk', (_name, later) => {
    expect(names([ROLE, chunk({ content: 'a' }, null, later), FINISH, USAGE])).toEqual([
      OURS,
      OURS,
      OURS,
      OURS,
    ]);
  });

  test('values that the upstream never sends are generated once', () => {
    const none = { id: '', created: 0, model: '', object: '' };
    const events = [chunk({ content: 'a' }, null, none), chunk({}, 'stop', none)];
    const made = [madeId('chatcmpl-'), 1_800_000_000, 'asked-model', 'chat.completion.chunk'];
    expect(names(events)).toEqual([made, made]);
  });

  test('if the upstream’s ids repeat, each reply gets a generated one', () => {
    const context = contextOf({ generateIds: true });
    const first = names([ROLE, TEXT, FINISH], guardOf({ context }));
    const second = names([ROLE, TEXT, FINISH], guardOf({ context }));
    expect(first.map(([id]) => id)).toEqual(Array(3).fill(madeId('chatcmpl-')));
    expect(second.map(([id]) => id)).toEqual(Array(3).fill(madeId('chatcmpl-', 1)));
  });

  test('a canonical stream passes byte for byte', () => {
    const events = [ROLE, TEXT, FINISH, USAGE, DONE];
    expect(relay(guardOf(), events).output).toBe(events.join(''));
  });
});

describe('wire case 29: Azure’s first chunk, without id, model and choices', () => {
  const findings = { prompt_filter_results: [{ prompt_index: 0 }] };
  const first = event({ id: '', object: '', created: 0, model: '', choices: [], ...findings });

  test('goes out with the id and model of the next chunk', () => {
    const chunks = mended([first, ROLE, TEXT, FINISH, DONE]);
    expect(chunks[0]).toEqual({
      ...{ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm-1' },
      choices: [],
      ...findings,
    });
    expect(chunks).toHaveLength(4);
    expect(chunks.slice(1).map((text) => `data: ${JSON.stringify(text)}\n\n`)).toEqual([ROLE, TEXT, FINISH]);
  });

  test('is not an answer by itself', () => {
    expect(relay(guardOf(), [first])).toEqual({ output: '', state: 'failed', fault: 'cut' });
  });
});
