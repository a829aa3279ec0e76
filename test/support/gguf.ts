/** Makes headers of GGUF files of any shape (ggml, docs/gguf.md), also impossible ones. */

/** Types of values. */
export const T = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
} as const;

/** A value with its type; arrays have a type for their elements. */
export type Value =
  | readonly ['u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'f32' | 'f64' | 'u64' | 'i64', number]
  | readonly ['bool', boolean]
  | readonly ['string', string]
  | readonly ['array', Exclude<keyof typeof T, 'array' | 'string'>, readonly number[]]
  | readonly ['strings', readonly string[]]
  | readonly ['raw', Buffer];

/** One tensor: name, dimensions, type (ggml); the data is zeros. */
export interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** F16 unless said. */
  readonly type?: number;
}

/** A file to be made. */
export interface GgufShape {
  readonly keys: Readonly<Record<string, Value>>;
  readonly tensors?: readonly Tensor[];
  /** 3 unless said. */
  readonly version?: number;
  readonly bigEndian?: boolean;
  /** Numbers that are written instead of the true ones. */
  readonly claims?: { readonly tensors?: bigint; readonly keys?: bigint };
}

const BLOCKS: Readonly<Record<number, readonly [elements: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  8: [32, 34],
  12: [256, 144],
  14: [256, 210],
};

/** The bytes of a GGUF file, with zeros for its tensors. */
export function ggufFile(shape: GgufShape): Buffer {
  const { keys, tensors = [], version = 3, bigEndian = false, claims = {} } = shape;
  const out = new Writer(bigEndian);
  out.bytes(Buffer.from('GGUF'));
  out.u32(version);
  out.u64(claims.tensors ?? BigInt(tensors.length));
  out.u64(claims.keys ?? BigInt(Object.keys(keys).length));
  for (const [key, value] of Object.entries(keys)) {
    out.string(key);
    out.value(value);
  }
  let offset = 0;
  for (const { name, dims, type = 1 } of tensors) {
    out.string(name);
    out.u32(dims.length);
    for (const dim of dims) out.u64(BigInt(dim));
    out.u32(type);
    out.u64(BigInt(offset));
    const [elements, bytes] = BLOCKS[type] ?? [1, 1];
    offset += padded((dims.reduce((product, dim) => product * dim, 1) / elements) * bytes);
  }
  const header = out.result();
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length + offset)]);
}

/** A small Llama; `keys` and `tensors` replace or add. */
export function llamaShape(keys: GgufShape['keys'] = {}, tensors: readonly Tensor[] = []): GgufShape {
  return {
    keys: {
      'general.architecture': ['string', 'llama'],
      'general.name': ['string', 'Small Llama'],
      'general.file_type': ['u32', 1],
      'llama.context_length': ['u32', 8192],
      'llama.embedding_length': ['u32', 64],
      'llama.block_count': ['u32', 2],
      'llama.feed_forward_length': ['u32', 128],
      'llama.attention.head_count': ['u32', 4],
      'llama.attention.head_count_kv': ['u32', 2],
      'tokenizer.ggml.tokens': ['strings', ['a', 'b', 'c']],
      ...keys,
    },
    tensors: [
      { name: 'token_embd.weight', dims: [64, 3] },
      ...[0, 1].flatMap((layer) => [
        { name: `blk.${layer}.attn_k.weight`, dims: [64, 32] },
        { name: `blk.${layer}.attn_q.weight`, dims: [64, 64] },
      ]),
      ...tensors,
    ],
  };
}

class Writer {
  readonly #parts: Buffer[] = [];
  readonly #bigEndian: boolean;

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  result(): Buffer {
    return Buffer.concat(this.#parts);
  }

  bytes(bytes: Buffer): void {
    this.#parts.push(bytes);
  }

  u32(value: number): void {
    this.#number('u32', value);
  }

  u64(value: bigint): void {
    const bytes = Buffer.alloc(8);
    if (this.#bigEndian) bytes.writeBigUInt64BE(value);
    else bytes.writeBigUInt64LE(value);
    this.bytes(bytes);
  }

  string(text: string): void {
    const bytes = Buffer.from(text);
    this.u64(BigInt(bytes.length));
    this.bytes(bytes);
  }

  value(value: Value): void {
    switch (value[0]) {
      case 'raw':
        return this.bytes(value[1]);
      case 'string':
        this.u32(T.string);
        return this.string(value[1]);
      case 'strings':
        this.u32(T.array);
        this.u32(T.string);
        this.u64(BigInt(value[1].length));
        return value[1].forEach((text) => this.string(text));
      case 'array':
        this.u32(T.array);
        this.u32(T[value[1]]);
        this.u64(BigInt(value[2].length));
        return value[2].forEach((each) => this.#number(value[1], each));
      default:
        this.u32(T[value[0]]);
        return this.#number(value[0], Number(value[1]));
    }
  }

  #number(type: Exclude<keyof typeof T, 'array' | 'string'>, value: number): void {
    const bytes = Buffer.alloc(8);
    const big = this.#bigEndian;
    switch (type) {
      case 'u8':
      case 'bool':
        return this.bytes(bytes.subarray(0, bytes.writeUInt8(value)));
      case 'i8':
        return this.bytes(bytes.subarray(0, bytes.writeInt8(value)));
      case 'u16':
        return this.bytes(bytes.subarray(0, big ? bytes.writeUInt16BE(value) : bytes.writeUInt16LE(value)));
      case 'i16':
        return this.bytes(bytes.subarray(0, big ? bytes.writeInt16BE(value) : bytes.writeInt16LE(value)));
      case 'u32':
        return this.bytes(bytes.subarray(0, big ? bytes.writeUInt32BE(value) : bytes.writeUInt32LE(value)));
      case 'i32':
        return this.bytes(bytes.subarray(0, big ? bytes.writeInt32BE(value) : bytes.writeInt32LE(value)));
      case 'f32':
        return this.bytes(bytes.subarray(0, big ? bytes.writeFloatBE(value) : bytes.writeFloatLE(value)));
      case 'f64':
        return this.bytes(bytes.subarray(0, big ? bytes.writeDoubleBE(value) : bytes.writeDoubleLE(value)));
      case 'u64':
        return this.u64(BigInt(value));
      case 'i64': {
        const signed = Buffer.alloc(8);
        if (big) signed.writeBigInt64BE(BigInt(value));
        else signed.writeBigInt64LE(BigInt(value));
        return this.bytes(signed);
      }
    }
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 32) * 32;
}
