import { GgufFault } from './fault.ts';
import { tensorType } from './tensor-types.ts';
import { ARRAY_MAX, type GgufValue } from './values.ts';

/** What the tensors of a file add up to. */
export interface Tensors {
  readonly count: number;
  /** Elements of all tensors: the number of parameters. */
  readonly elements: number;
  /** Bytes that they take in memory. */
  readonly bytes: number;
  /** The type that takes most of the bytes; null: there are no tensors, or it is unknown. */
  readonly mainType: string | null;
  /** What each layer has, as far as the names of its tensors show; empty: no tensor belongs to a layer. */
  readonly layers: readonly LayerTensors[];
  /** The names of some tensors show a part of another kind than text. */
  readonly hasVision: boolean;
}

/** What a layer keeps between tokens, by the names of its tensors. */
export interface LayerTensors {
  /** Keys and values of all tokens. */
  readonly attention: boolean;
  /** A state of fixed size. */
  readonly recurrent: boolean;
}

/** One tensor of a header. */
export interface TensorInfo {
  readonly name: string;
  readonly elements: number;
  /** Of its first dimension, which blocks do not cross. */
  readonly rowLength: number;
  readonly type: number;
  /** From the beginning of the data, in bytes. */
  readonly offset: number;
}

const KEYS = 1;
const JOINED = 2;
const STATE = 4;

/** Which of these a tensor shows (llama.cpp, src/llama-arch.cpp). */
const SIGNS: readonly (readonly [RegExp, number])[] = [
  [/^attn_(?:k|kv_a_mqa|kv_b|k_b)\./, KEYS],
  // In layers with a linear attention it has this name, too.
  [/^attn_qkv\./, JOINED],
  [/^(?:ssm_|shortconv\.|time_mix_)/, STATE],
];

/** Adds up tensors, one after the other. */
export class TensorSummary {
  readonly #bytesByType = new Map<number, number>();
  readonly #layers: number[] = [];
  #count = 0;
  #elements = 0;
  #bytes = 0;
  /** The furthest end of a tensor in the data, in bytes, and whose it is. */
  #end = 0;
  #last = '';
  #hasUnknownType = false;
  #hasVision = false;

  /** Throws a `GgufFault` for a tensor that cannot be. */
  add({ name, elements, rowLength, type, offset }: TensorInfo): void {
    const known = tensorType(type);
    if (known !== null && rowLength % known.block !== 0)
      throw new GgufFault('invalid', `tensor "${name}" has rows that are no whole blocks of ${known.name}`);
    const bytes = known === null ? 0 : (elements / known.block) * known.bytes;
    this.#count += 1;
    this.#elements += elements;
    this.#bytes += bytes;
    this.#bytesByType.set(type, (this.#bytesByType.get(type) ?? 0) + bytes);
    if (known === null) this.#hasUnknownType = true;
    if (offset + bytes > this.#end) {
      this.#end = offset + bytes;
      this.#last = name;
    }
    this.#noteLayer(name);
    if (/^(?:v\.|mm\.|vision)/.test(name)) this.#hasVision = true;
  }

  /** The sums. `headerEnd` and `size` in bytes. Throws a `GgufFault` where the file is too short for its tensors. */
  finish(headerEnd: number, size: number, alignment: GgufValue | undefined): Tensors {
    const step = typeof alignment === 'number' && alignment >= 1 && alignment <= 65_536 ? alignment : 32;
    const dataStart = Math.ceil(headerEnd / step) * step;
    if (this.#count > 0 && dataStart + this.#end > size) {
      throw new GgufFault(
        'truncated',
        `is truncated: tensor "${this.#last}" ends at byte ${dataStart + this.#end}, the file at ${size}`,
      );
    }
    const [main] = [...this.#bytesByType].sort(([, a], [, b]) => b - a);
    return {
      count: this.#count,
      elements: this.#elements,
      bytes: this.#hasUnknownType ? Math.max(0, size - dataStart) : this.#bytes,
      mainType: main === undefined ? null : (tensorType(main[0])?.name ?? null),
      layers: Array.from(this.#layers, layerTensors),
      hasVision: this.#hasVision,
    };
  }

  #noteLayer(name: string): void {
    const [, digits, rest] = /^blk\.(\d{1,4})\.(.*)$/.exec(name) ?? [];
    if (digits === undefined || rest === undefined || Number(digits) >= ARRAY_MAX) return;
    const sign = SIGNS.find(([pattern]) => pattern.test(rest))?.[1] ?? 0;
    this.#layers[Number(digits)] = (this.#layers[Number(digits)] ?? 0) | sign;
  }
}

function layerTensors(signs: number | undefined = 0): LayerTensors {
  const recurrent = (signs & STATE) !== 0;
  return { attention: (signs & KEYS) !== 0 || (!recurrent && (signs & JOINED) !== 0), recurrent };
}

/** The tensors of all parts of a split file. */
export function joinTensors(parts: readonly Tensors[]): Tensors {
  const depth = Math.max(0, ...parts.map(({ layers }) => layers.length));
  const biggest = parts.reduce<Tensors | null>(
    (best, part) => (best === null || part.bytes > best.bytes ? part : best),
    null,
  );
  const sum = (of: (part: Tensors) => number): number => parts.reduce((total, part) => total + of(part), 0);
  return {
    count: sum(({ count }) => count),
    elements: sum(({ elements }) => elements),
    bytes: sum(({ bytes }) => bytes),
    mainType: biggest?.mainType ?? null,
    layers: Array.from({ length: depth }, (_, index) => ({
      attention: parts.some(({ layers }) => layers[index]?.attention === true),
      recurrent: parts.some(({ layers }) => layers[index]?.recurrent === true),
    })),
    hasVision: parts.some(({ hasVision }) => hasVision),
  };
}
