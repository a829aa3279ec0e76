import { GgufFault } from './fault.ts';
import { CHAT_TEMPLATE } from './keys.ts';
import type { GgufModel, PerLayer, RecurrentShape } from './model-file.ts';
import type { GgufHeader } from './read-header.ts';
import { fileTypeLabel } from './tensor-types.ts';
import { joinTensors, type Tensors } from './tensors.ts';
import type { GgufValue } from './values.ts';

/** Larger numbers are no sizes of a model: `deepseek4` windows, vocabularies and layers stay far below. */
const SIZE_MAX = 2 ** 40;
const LAYERS_MAX = 1024;

/** Names are shown in lists. */
const NAME_MAX = 120;

/** Encoders and diffusion models keep no keys and values (llama.cpp, `llama_model::create_memory`). */
const WITHOUT_MEMORY =
  /^(?:(?:nomic-|neo|jina-|modern-|euro)?bert(?:-.*)?|t5encoder|gemma-embedding|dream|llada.*|rnd1)$/;

/** Describes a model by its headers: one, or those of all parts of a split file in order. Throws a `GgufFault`. */
export function describeModel(headers: readonly GgufHeader[]): GgufModel {
  const [first] = headers;
  if (first === undefined) throw new GgufFault('invalid', 'has no parts');
  const architecture = words(first.keys.get('general.architecture'));
  if (architecture === null) throw new GgufFault('invalid', 'does not name its architecture');
  const of = new Keys(first.keys, architecture);
  const tensors = joinTensors(headers.map((header) => header.tensors));
  const template = first.keys.get(CHAT_TEMPLATE);
  const known = typeof template === 'string' ? template : null;
  return {
    architecture,
    name: nameOf(first.keys),
    type: words(first.keys.get('general.type')),
    quantization: quantizationOf(first.keys, tensors),
    parameters: tensors.elements,
    tensorBytes: tensors.bytes,
    ...attentionOf(of),
    ...slidingOf(of),
    causal:
      first.keys.get(`${architecture}.attention.causal`) !== false && !WITHOUT_MEMORY.test(architecture),
    fullAttentionInterval: of.size('full_attention_interval'),
    recurrent: recurrentOf(of),
    feedForwardLength: feedForwardOf(of),
    vocabulary: first.vocabulary ?? of.size('vocab_size'),
    layerTensors: tensors.layers,
    supportsTools: known === null ? null : /\btools\b|tool_call/.test(known),
    supportsThinking: known === null ? null : known.includes('<think>') && known.includes('</think>'),
    hasVision:
      (of.size('vision.block_count') ?? 0) > 0 ||
      first.keys.get('clip.has_vision_encoder') === true ||
      (architecture !== 'clip' && tensors.hasVision),
    hasAudio: (of.size('audio.block_count') ?? 0) > 0 || first.keys.get('clip.has_audio_encoder') === true,
    poolingType: of.number('pooling_type'),
    projectionLength:
      size(first.keys.get('clip.vision.projection_dim')) ?? size(first.keys.get('clip.audio.projection_dim')),
  };
}

/** Is it a projector of another model? */
export function isProjector({ type, architecture }: GgufModel): boolean {
  return type === 'mmproj' || architecture === 'clip';
}

/** Reads keys of an architecture, as far as their values can be sizes. */
class Keys {
  readonly #keys: ReadonlyMap<string, GgufValue>;
  readonly #architecture: string;

  constructor(keys: ReadonlyMap<string, GgufValue>, architecture: string) {
    this.#keys = keys;
    this.#architecture = architecture;
  }

  /** A positive whole number; null: none, or no size. */
  size(name: string): number | null {
    return size(this.#value(name));
  }

  /** Zero, too. */
  number(name: string): number | null {
    const value = this.#value(name);
    return value === 0 ? 0 : size(value);
  }

  /** One for all layers or one for each, zeros included. */
  perLayer(name: string): PerLayer | null {
    const value = this.#value(name);
    if (!Array.isArray(value)) return this.number(name);
    const values = (value as readonly number[]).map((each) => (each === 0 ? 0 : size(each)));
    return values.length > 0 && values.every((each) => each !== null) ? values : null;
  }

  #value(name: string): GgufValue | undefined {
    return this.#keys.get(`${this.#architecture}.${name}`);
  }
}

function attentionOf(
  of: Keys,
): Pick<
  GgufModel,
  | 'contextLength'
  | 'embeddingLength'
  | 'layers'
  | 'heads'
  | 'kvHeads'
  | 'keyLength'
  | 'valueLength'
  | 'isLatent'
  | 'sharedKvLayers'
> {
  const layers = of.size('block_count');
  if (layers !== null && layers > LAYERS_MAX) throw new GgufFault('invalid', `claims ${layers} layers`);
  const heads = of.perLayer('attention.head_count');
  return {
    contextLength: of.size('context_length'),
    embeddingLength: of.size('embedding_length'),
    layers,
    heads,
    kvHeads: of.perLayer('attention.head_count_kv') ?? heads,
    keyLength: of.size('attention.key_length'),
    valueLength: of.size('attention.value_length'),
    isLatent: of.size('attention.key_length_mla') !== null && of.size('attention.value_length_mla') !== null,
    sharedKvLayers: of.size('attention.shared_kv_layers'),
  };
}

function slidingOf(
  of: Keys,
): Pick<GgufModel, 'slidingWindow' | 'slidingPattern' | 'slidingKeyLength' | 'slidingValueLength'> {
  return {
    slidingWindow: of.size('attention.sliding_window'),
    slidingPattern: of.perLayer('attention.sliding_window_pattern'),
    slidingKeyLength: of.size('attention.key_length_swa'),
    slidingValueLength: of.size('attention.value_length_swa'),
  };
}

function recurrentOf(of: Keys): RecurrentShape {
  return {
    convKernel: of.size('ssm.conv_kernel'),
    innerSize: of.size('ssm.inner_size'),
    stateSize: of.size('ssm.state_size'),
    groups: of.number('ssm.group_count'),
    deltaHeadLength: of.size('kda.head_dim'),
    shortConvLength: of.size('shortconv.l_cache'),
    wkvHeadSize: of.size('wkv.head_size'),
    tokenShifts: of.size('token_shift_count'),
  };
}

function feedForwardOf(of: Keys): number | null {
  const dense = of.perLayer('feed_forward_length');
  const experts = (of.size('expert_feed_forward_length') ?? 0) * (of.size('expert_used_count') ?? 1);
  const widest = Math.max(experts, ...(typeof dense === 'number' ? [dense] : (dense ?? [0])));
  return widest > 0 ? widest : null;
}

function quantizationOf(keys: ReadonlyMap<string, GgufValue>, { mainType }: Tensors): string | null {
  const type = keys.get('general.file_type');
  return (typeof type === 'number' ? fileTypeLabel(type) : null) ?? mainType;
}

function nameOf(keys: ReadonlyMap<string, GgufValue>): string | null {
  const name = words(keys.get('general.name'));
  if (name !== null) return name;
  const parts = [words(keys.get('general.basename')), words(keys.get('general.size_label'))];
  return parts[0] === null ? null : parts.filter((part) => part !== null).join(' ');
}

/** Text to be shown: one line without control characters. */
function words(value: GgufValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const text = value.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return text === '' ? null : text.slice(0, NAME_MAX);
}

function size(value: GgufValue | undefined): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= SIZE_MAX
    ? value
    : null;
}
