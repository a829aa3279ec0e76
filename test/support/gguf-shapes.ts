import { llamaShape, type GgufShape, type Tensor } from './gguf.ts';

/** The long arrays of real files: 256,000 tokens, and one longer than a million. */
const VOCABULARY = Array.from({ length: 256_000 }, (_, index) => `token ${index}`);
const MILLION = Array.from({ length: 1_000_001 }, () => 0);

/** Headers of all shapes that are known from real models, by what is special about them. */
export const GGUF_SHAPES: Readonly<Record<string, GgufShape>> = {
  'llama, version 3': llamaShape(),
  'llama, version 2': { ...llamaShape(), version: 2 },
  'llama, big-endian': { ...llamaShape(), bigEndian: true },
  'a vocabulary of 256,000 tokens': llamaShape({ 'tokenizer.ggml.tokens': ['strings', VOCABULARY] }),
  'values of every type': llamaShape({
    'x.u8': ['u8', 255],
    'x.i8': ['i8', -128],
    'x.u16': ['u16', 65_535],
    'x.i16': ['i16', -32_768],
    'x.i32': ['i32', -5],
    'x.f32': ['f32', 0.5],
    'x.bool': ['bool', true],
    'x.u64': ['u64', 2 ** 52],
    'x.i64': ['i64', -7],
    'x.f64': ['f64', 0.25],
    'x.flags': ['array', 'bool', [1, 0]],
  }),
  'heads per layer, with zeros': hybrid(),
  'sliding window': {
    keys: {
      'general.architecture': ['string', 'gemma3'],
      'general.file_type': ['u32', 7],
      'gemma3.context_length': ['u32', 131_072],
      'gemma3.embedding_length': ['u32', 2560],
      'gemma3.block_count': ['u32', 12],
      'gemma3.feed_forward_length': ['u32', 10_240],
      'gemma3.attention.head_count': ['u32', 8],
      'gemma3.attention.head_count_kv': ['u32', 4],
      'gemma3.attention.key_length': ['u32', 256],
      'gemma3.attention.value_length': ['u32', 256],
      'gemma3.attention.sliding_window': ['u32', 1024],
    },
    tensors: layers(12, (layer) => [{ name: `blk.${layer}.attn_k.weight`, dims: [2560, 16], type: 8 }]),
  },
  'latent attention': {
    keys: {
      'general.architecture': ['string', 'deepseek2'],
      'deepseek2.context_length': ['u32', 163_840],
      'deepseek2.embedding_length': ['u32', 2048],
      'deepseek2.block_count': ['u32', 27],
      'deepseek2.attention.head_count': ['u32', 16],
      'deepseek2.attention.head_count_kv': ['u32', 1],
      'deepseek2.attention.kv_lora_rank': ['u32', 512],
      'deepseek2.attention.key_length': ['u32', 576],
      'deepseek2.attention.value_length': ['u32', 512],
      'deepseek2.attention.key_length_mla': ['u32', 192],
      'deepseek2.attention.value_length_mla': ['u32', 128],
      'deepseek2.rope.dimension_count': ['u32', 64],
    },
    tensors: layers(27, (layer) => [
      { name: `blk.${layer}.attn_kv_a_mqa.weight`, dims: [2048, 4], type: 12 },
    ]),
  },
  'recurrent state in most layers': {
    keys: {
      'general.architecture': ['string', 'qwen3next'],
      'qwen3next.context_length': ['u32', 262_144],
      'qwen3next.embedding_length': ['u32', 2048],
      'qwen3next.block_count': ['u32', 8],
      'qwen3next.attention.head_count': ['u32', 16],
      'qwen3next.attention.head_count_kv': ['u32', 2],
      'qwen3next.attention.key_length': ['u32', 256],
      'qwen3next.attention.value_length': ['u32', 256],
      'qwen3next.full_attention_interval': ['u32', 4],
      'qwen3next.ssm.conv_kernel': ['u32', 4],
      'qwen3next.ssm.inner_size': ['u32', 4096],
      'qwen3next.ssm.state_size': ['u32', 128],
      'qwen3next.ssm.group_count': ['u32', 16],
    },
    tensors: layers(8, (layer) =>
      layer % 4 === 3
        ? [{ name: `blk.${layer}.attn_k.weight`, dims: [2048, 2] }]
        : [
            { name: `blk.${layer}.attn_qkv.weight`, dims: [2048, 2] },
            { name: `blk.${layer}.ssm_conv1d.weight`, dims: [4, 8192] },
          ],
    ),
  },
  'a projector of images': {
    keys: {
      'general.architecture': ['string', 'clip'],
      'general.type': ['string', 'mmproj'],
      'clip.has_vision_encoder': ['bool', true],
      'clip.vision.projection_dim': ['u32', 64],
      'clip.vision.block_count': ['u32', 4],
    },
    tensors: [{ name: 'v.blk.0.attn_q.weight', dims: [64, 64] }],
  },
  'an embedding model': {
    keys: {
      'general.architecture': ['string', 'bert'],
      'bert.context_length': ['u32', 512],
      'bert.embedding_length': ['u32', 384],
      'bert.block_count': ['u32', 6],
      'bert.feed_forward_length': ['u32', 1536],
      'bert.attention.head_count': ['u32', 12],
      'bert.attention.causal': ['bool', false],
      'bert.pooling_type': ['u32', 1],
    },
    tensors: layers(6, (layer) => [{ name: `blk.${layer}.attn_k.weight`, dims: [384, 2] }]),
  },
};

/** Longer arrays than other readers accept. */
export const LONG_ARRAY: GgufShape = llamaShape({ 'tokenizer.ggml.scores': ['array', 'f32', MILLION] });

function hybrid(): GgufShape {
  const kvHeads = [0, 0, 8, 0, 0, 8];
  return {
    keys: {
      'general.architecture': ['string', 'nemotron_h'],
      'nemotron_h.context_length': ['u32', 1_048_576],
      'nemotron_h.embedding_length': ['u32', 4096],
      'nemotron_h.block_count': ['u32', 6],
      'nemotron_h.feed_forward_length': ['array', 'i32', [0, 14_336, 0, 0, 14_336, 0]],
      'nemotron_h.attention.head_count': ['u32', 32],
      'nemotron_h.attention.head_count_kv': ['array', 'i32', kvHeads],
      'nemotron_h.attention.key_length': ['u32', 128],
      'nemotron_h.attention.value_length': ['u32', 128],
      'nemotron_h.ssm.conv_kernel': ['u32', 4],
      'nemotron_h.ssm.inner_size': ['u32', 8192],
      'nemotron_h.ssm.state_size': ['u32', 128],
      'nemotron_h.ssm.group_count': ['u32', 8],
    },
    tensors: [
      { name: 'blk.0.ssm_in.weight', dims: [4096, 2] },
      { name: 'blk.1.ffn_up.weight', dims: [4096, 2] },
      { name: 'blk.2.attn_k.weight', dims: [4096, 2] },
      { name: 'blk.3.ssm_in.weight', dims: [4096, 2] },
      { name: 'blk.4.ffn_up.weight', dims: [4096, 2] },
      { name: 'blk.5.attn_k.weight', dims: [4096, 2], type: 14 },
    ],
  };
}

function layers(count: number, of: (layer: number) => readonly Tensor[]): Tensor[] {
  return Array.from({ length: count }, (_, layer) => of(layer)).flat();
}
