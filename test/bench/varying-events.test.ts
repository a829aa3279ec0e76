import { expect, test } from 'vitest';
import { varyingChunk } from '../../bench/payload.ts';
import { varyingEvents } from '../../bench/varying-events.ts';

test('no two events of a varying stream are the same, and each is whole', () => {
  const next = varyingEvents(Buffer.from);
  const texts = Array.from({ length: 100 }, () => next().toString());
  expect(new Set(texts).size).toBe(100);
  const chunks = texts.map((text) => JSON.parse(text.slice('data: '.length)) as Record<string, unknown>);
  expect(new Set(chunks.map((chunk) => String(chunk['obfuscation']).length)).size).toBe(16);
  expect(new Set(chunks.map(({ timestamp }) => timestamp)).size).toBe(100);
  const model = JSON.parse(varyingChunk(0).slice('data: '.length)) as object;
  for (const chunk of chunks)
    expect({ ...chunk, obfuscation: '', timestamp: 0 }).toEqual({ ...model, obfuscation: '', timestamp: 0 });
});
