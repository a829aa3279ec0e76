import type { MemorySettings } from '../../../src/engines/memory/settings.ts';
import type { GgufShape, Tensor, Value } from '../../support/gguf.ts';

/** A model of zeros that llama-server loads, and how it is loaded. */
export interface LoadableShape {
  readonly shape: GgufShape;
  readonly settings: Partial<MemorySettings> & { readonly context: number };
  /** Options of llama-server that say the same. */
  readonly args: string;
}

const WIDTH = 256;
const FEED_FORWARD = 512;
const WORDS = 256;

/** Types of tensors. */
const F32 = 0;

function keysOf(
  architecture: string,
  layers: number,
  more: Readonly<Record<string, number | readonly number[]>>,
): Record<string, Value> {
  const numbers = {
    context_length: 65_536,
    embedding_length: WIDTH,
    block_count: layers,
    feed_forward_length: FEED_FORWARD,
    'attention.head_count': 4,
    'attention.head_count_kv': 2,
    vocab_size: WORDS,
    ...more,
  };
  return {
    'general.architecture': ['string', architecture],
    'tokenizer.ggml.model': ['string', 'no_vocab'],
    [`${architecture}.attention.layer_norm_rms_epsilon`]: ['f32', 1e-6],
    ...Object.fromEntries(
      Object.entries(numbers).map(([name, value]): [string, Value] => [
        `${architecture}.${name}`,
        typeof value === 'number' ? ['u32', value] : ['array', 'i32', value],
      ]),
    ),
  };
}

function tensor(name: string, dims: readonly number[], type?: number): Tensor {
  return { name: `${name}.weight`, dims, ...(type === undefined ? {} : { type }) };
}

function model(layers: number, of: (layer: number) => readonly Tensor[]): Tensor[] {
  const blocks = Array.from({ length: layers }, (_, layer) =>
    of(layer).map((each) => ({ ...each, name: `blk.${layer}.${each.name}` })),
  );
  return [tensor('token_embd', [WIDTH, WORDS]), tensor('output_norm', [WIDTH], F32), ...blocks.flat()];
}

const norm = (name: string, width = WIDTH): Tensor => tensor(name, [width], F32);

const FEED: readonly Tensor[] = [
  norm('ffn_norm'),
  tensor('ffn_gate', [WIDTH, FEED_FORWARD]),
  tensor('ffn_up', [WIDTH, FEED_FORWARD]),
  tensor('ffn_down', [FEED_FORWARD, WIDTH]),
];

/** Attention with heads of 64: four for queries, two for keys and values. */
const ATTENTION: readonly Tensor[] = [
  norm('attn_norm'),
  tensor('attn_q', [WIDTH, 256]),
  tensor('attn_k', [WIDTH, 128]),
  tensor('attn_v', [WIDTH, 128]),
  tensor('attn_output', [256, WIDTH]),
];

const GEMMA3: GgufShape = {
  keys: keysOf('gemma3', 12, {
    'attention.key_length': 64,
    'attention.value_length': 64,
    'attention.sliding_window': 512,
  }),
  tensors: model(12, () => [
    ...ATTENTION,
    norm('attn_q_norm', 64),
    norm('attn_k_norm', 64),
    norm('post_attention_norm'),
    ...FEED,
    norm('post_ffw_norm'),
  ]),
};

/** The number of layers tells llama.cpp that queries are not compressed. */
const DEEPSEEK: GgufShape = {
  keys: {
    ...keysOf('deepseek2', 27, {
      'attention.head_count_kv': 1,
      'attention.kv_lora_rank': 128,
      'attention.key_length': 160,
      'attention.value_length': 128,
      'attention.key_length_mla': 96,
      'attention.value_length_mla': 64,
      'rope.dimension_count': 32,
      leading_dense_block_count: 27,
      expert_feed_forward_length: 64,
      expert_count: 2,
      expert_used_count: 1,
      expert_shared_count: 1,
    }),
    'deepseek2.expert_weights_scale': ['f32', 1],
  },
  tensors: model(27, () => [
    norm('attn_norm'),
    tensor('attn_q', [WIDTH, 4 * 96]),
    tensor('attn_kv_a_mqa', [WIDTH, 160]),
    norm('attn_kv_a_norm', 128),
    tensor('attn_k_b', [64, 128, 4]),
    tensor('attn_v_b', [128, 64, 4]),
    tensor('attn_output', [4 * 64, WIDTH]),
    ...FEED,
  ]),
};

const SSM = { conv: 4, inner: 512, state: 64, groups: 2, heads: 8 };

/** A layer of Mamba 2. */
const MAMBA2: readonly Tensor[] = [
  norm('attn_norm'),
  tensor('ssm_in', [WIDTH, 2 * SSM.inner + 2 * SSM.groups * SSM.state + SSM.heads]),
  tensor('ssm_conv1d', [SSM.conv, SSM.inner + 2 * SSM.groups * SSM.state], F32),
  { name: 'ssm_conv1d.bias', dims: [SSM.inner + 2 * SSM.groups * SSM.state], type: F32 },
  { name: 'ssm_dt.bias', dims: [SSM.heads], type: F32 },
  { name: 'ssm_a', dims: [1, SSM.heads], type: F32 },
  { name: 'ssm_d', dims: [1, SSM.heads], type: F32 },
  tensor('ssm_norm', [SSM.inner / SSM.groups, SSM.groups], F32),
  tensor('ssm_out', [SSM.inner, WIDTH]),
];

const GRANITE_HYBRID: GgufShape = {
  keys: {
    ...keysOf('granitehybrid', 4, {
      'attention.head_count_kv': [0, 0, 2, 0],
      'ssm.conv_kernel': SSM.conv,
      'ssm.inner_size': SSM.inner,
      'ssm.state_size': SSM.state,
      'ssm.group_count': SSM.groups,
      'ssm.time_step_rank': SSM.heads,
      'rope.dimension_count': 64,
    }),
    'granitehybrid.attention.scale': ['f32', 1],
    'granitehybrid.embedding_scale': ['f32', 1],
    'granitehybrid.residual_scale': ['f32', 1],
    'granitehybrid.logit_scale': ['f32', 1],
  },
  tensors: model(4, (layer) => [...(layer === 2 ? ATTENTION : MAMBA2), ...FEED]),
};

const LFM2: GgufShape = {
  keys: keysOf('lfm2', 4, { 'attention.head_count_kv': [0, 2, 0, 0], 'shortconv.l_cache': 3 }),
  tensors: [
    ...model(4, (layer) => [
      ...(layer === 1
        ? [...ATTENTION, norm('attn_q_norm', 64), norm('attn_k_norm', 64)]
        : [
            norm('attn_norm'),
            tensor('shortconv.conv', [3, WIDTH], F32),
            tensor('shortconv.in_proj', [WIDTH, 3 * WIDTH]),
            tensor('shortconv.out_proj', [WIDTH, WIDTH]),
          ]),
      ...FEED,
    ]),
    tensor('token_embd_norm', [WIDTH], F32),
  ].filter(({ name }) => name !== 'output_norm.weight'),
};

/** Models with sliding windows, latent attention, and recurrent states. */
export const LOADABLE_SHAPES: Readonly<Record<string, LoadableShape>> = {
  'sliding window (gemma3)': { shape: GEMMA3, settings: { context: 16_384 }, args: '-c 16384 -np 1' },
  'sliding window, several slots': {
    shape: GEMMA3,
    settings: { context: 16_384, slots: 4 },
    args: '-c 16384 -np 4',
  },
  'sliding window, slots with one context': {
    shape: GEMMA3,
    settings: { context: 16_384, slots: 4, unified: true },
    args: '-c 16384 -np 4 -kvu',
  },
  'sliding window, all kept': {
    shape: GEMMA3,
    settings: { context: 16_384, fullSlidingCache: true },
    args: '-c 16384 -np 1 --swa-full',
  },
  'sliding window, quantised': {
    shape: GEMMA3,
    settings: { context: 16_384, keyType: 'q8_0', valueType: 'q8_0' },
    args: '-c 16384 -np 1 -ctk q8_0 -ctv q8_0',
  },
  'latent attention (deepseek2)': { shape: DEEPSEEK, settings: { context: 16_384 }, args: '-c 16384 -np 1' },
  'Mamba 2 with some attention (granitehybrid)': {
    shape: GRANITE_HYBRID,
    settings: { context: 16_384, slots: 2 },
    args: '-c 16384 -np 2',
  },
  'short convolutions (lfm2)': {
    shape: LFM2,
    settings: { context: 16_384, slots: 2 },
    args: '-c 16384 -np 2',
  },
};
