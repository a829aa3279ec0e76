import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readHeader } from '../../../src/engines/gguf/read-header.ts';
import { ggufFile, llamaShape, T, type Value } from '../../support/gguf.ts';
import { LONG_ARRAY } from '../../support/gguf-shapes.ts';
import { faultOf, folder, modelOf, put } from './files.ts';

const HUGE = 2n ** 63n;

/** A value of raw bytes: a type, then numbers of 4 or 8 bytes. */
function raw(...parts: readonly (number | bigint)[]): Value {
  const buffers = parts.map((part) => {
    const bytes = Buffer.alloc(typeof part === 'bigint' ? 8 : 4);
    if (typeof part === 'bigint') bytes.writeBigUInt64LE(part);
    else bytes.writeUInt32LE(part);
    return bytes;
  });
  return ['raw', Buffer.concat(buffers)];
}

test.each<[string, Value]>([
  ['u8', ['u8', 2]],
  ['i8', ['i8', 2]],
  ['u16', ['u16', 2]],
  ['i16', ['i16', 2]],
  ['u32', ['u32', 2]],
  ['i32', ['i32', 2]],
  ['u64', ['u64', 2]],
  ['i64', ['i64', 2]],
  ['f32', ['f32', 2]],
  ['f64', ['f64', 2]],
])('a size may be written as %s, in either byte order', (_, value) => {
  const shape = llamaShape({ 'llama.block_count': value });
  expect(modelOf(shape).layers).toBe(2);
  expect(modelOf({ ...shape, bigEndian: true }).layers).toBe(2);
});

test('an array of more than a million entries is skipped', () => {
  const header = readHeader(put(folder(), 'x.gguf', LONG_ARRAY));
  expect(header.keys.get('llama.block_count')).toBe(2);
  expect(header.tensors.count).toBe(5);
});

test('a file as large as its header claims cannot make the reader hold it: little of it is kept', () => {
  const many = Object.fromEntries(
    Array.from({ length: 2000 }, (_, index) => [
      `a${index}.context_length`,
      ['array', 'u8', Array.from({ length: 1024 }, () => 1)] as Value,
    ]),
  );
  const long = { 'llama.pooling_type': ['string', 'x'.repeat(5000)] as Value };
  const { keys } = readHeader(put(folder(), 'x.gguf', llamaShape({ ...long, ...many })));
  expect(keys.has('llama.pooling_type')).toBe(false);
  expect(keys.size).toBeLessThanOrEqual(256);
});

test('a header of more than 128 MiB is refused before it is read', () => {
  const path = put(folder(), 'x.gguf', llamaShape({ a: raw(T.array, T.u8, 200_000_000n) }));
  // The file has a hole where the array is.
  truncateSync(path, 210_000_000);
  expect(() => readHeader(path)).toThrow('has a header larger than 128 MiB');
});

test.each<[string, Buffer, string, string]>([
  ['an empty file', Buffer.alloc(0), 'truncated', 'is empty'],
  ['three bytes', Buffer.from('GGU'), 'not_gguf', 'is not a GGUF file'],
  ['another format', Buffer.from('PK\u0003\u0004 and more'), 'not_gguf', 'is not a GGUF file'],
  ['version 1', ggufFile({ ...llamaShape(), version: 1 }), 'unsupported', 'has GGUF version 1'],
  ['a version to come', ggufFile({ ...llamaShape(), version: 4 }), 'unsupported', 'has GGUF version 4'],
  [
    'a big-endian version 1',
    ggufFile({ ...llamaShape(), version: 1, bigEndian: true }),
    'unsupported',
    'has GGUF version 1',
  ],
  [
    'too many keys',
    ggufFile({ ...llamaShape(), claims: { keys: HUGE } }),
    'too_large',
    'claims 9223372036854776000 keys',
  ],
  [
    'too many tensors',
    ggufFile({ ...llamaShape(), claims: { tensors: 70_000n } }),
    'too_large',
    'claims 70000 tensors, 65536 at most',
  ],
  [
    'more keys than there are',
    ggufFile({ keys: { 'general.architecture': ['string', 'llama'] }, claims: { keys: 100n } }),
    'truncated',
    'of 100 at byte',
  ],
])('%s is a fault that says what is wrong', (_, content, kind, message) => {
  expect(faultOf(content)).toMatchObject({ kind, message: expect.stringContaining(message) as string });
});

test.each<[string, Value, string]>([
  ['a text longer than the file', raw(T.string, HUGE), 'the value of "a"'],
  ['an array longer than the file', raw(T.array, T.u64, HUGE), 'the value of "a"'],
  [
    'an array of texts longer than the file',
    raw(T.array, T.string, HUGE),
    'claims 9223372036854776000 elements',
  ],
  ['an unknown type', raw(13), 'the value of "a" has the unknown type 13'],
  ['an array of an unknown type', raw(T.array, 99, 1n), 'the value of "a" has the unknown type 99'],
  [
    'arrays in arrays in arrays',
    raw(T.array, ...Array.from({ length: 8 }, () => [T.array, 1n] as const).flat()),
    'nested too deep',
  ],
])('%s is a fault that names the key', (_, value, message) => {
  expect(faultOf(llamaShape({ a: value })).message).toContain(message);
});

test('arrays of texts whose lengths lead outside the file end at the first of them', () => {
  const value = raw(T.array, T.string, 3n, HUGE, 0n, 0n);
  expect(faultOf(llamaShape({ a: value })).kind).toBe('truncated');
});

test('a file that was cut anywhere in its header is truncated, never read as a smaller model', () => {
  const whole = ggufFile(llamaShape());
  const header = whole.lastIndexOf('blk.1.attn_q') + 40;
  for (let length = 0; length < header; length += 7) {
    expect(['truncated', 'not_gguf'], `${length} bytes`).toContain(faultOf(whole.subarray(0, length)).kind);
  }
});

test('a file that was cut in its tensors is truncated, and the message says which and where', () => {
  const whole = ggufFile(llamaShape());
  expect(faultOf(whole.subarray(0, whole.length - 64)).message).toMatch(
    /^is truncated: tensor "blk\.1\.attn_q\.weight" ends at byte \d+, the file at \d+$/,
  );
});

test.each<[string, Parameters<typeof llamaShape>[1], string]>([
  ['five dimensions', [{ name: 'a', dims: [1, 1, 1, 1, 1] }], 'has 5 dimensions, 4 at most'],
  ['rows of half a block', [{ name: 'a', dims: [16, 2], type: 2 }], 'no whole blocks of Q4_0'],
])('a tensor of %s is a fault', (_, tensors, message) => {
  expect(faultOf({ ...llamaShape(), tensors: tensors ?? [] }).message).toContain(message);
});

test('a tensor of an impossible size is a fault', () => {
  const bytes = ggufFile({ ...llamaShape(), tensors: [{ name: 'huge', dims: [1, 1] }] });
  const dims = bytes.indexOf('huge') + 'huge'.length + 4;
  bytes.writeBigUInt64LE(HUGE, dims);
  bytes.writeBigUInt64LE(HUGE, dims + 8);
  expect(faultOf(bytes).message).toBe('tensor 1 of 1 ("huge") has an impossible size');
});

test('a tensor of a type that is not known yet counts by the size of the file', () => {
  const bytes = ggufFile(llamaShape({}, [{ name: 'a', dims: [64, 64], type: 77 }]));
  const model = readHeader(put(folder(), 'x.gguf', bytes));
  expect(model.tensors.bytes).toBeGreaterThan(4096);
  expect(model.tensors.elements).toBe(12_480 + 4096);
});

test('a name in a fault cannot control the terminal', () => {
  const { message } = faultOf(llamaShape({ 'a\u001B[2J\n': raw(13) }));
  expect(message).toContain('"a?[2J?"');
});

test('a pipe, a folder and a missing file are faults, and the reader does not wait for a writer', () => {
  const root = folder();
  execFileSync('mkfifo', [join(root, 'pipe.gguf')]);
  mkdirSync(join(root, 'folder.gguf'));
  expect(() => readHeader(join(root, 'pipe.gguf'))).toThrow('is not a regular file');
  expect(() => readHeader(join(root, 'folder.gguf'))).toThrow('is not a regular file');
  expect(() => readHeader(join(root, 'none.gguf'))).toThrow('cannot be read (ENOENT)');
});
