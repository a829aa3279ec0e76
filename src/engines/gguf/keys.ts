/** The Jinja template of a conversation. */
export const CHAT_TEMPLATE = 'tokenizer.chat_template';

/** Keys that are kept: whole, or what follows the architecture. */
const WHOLE = new Set([
  'general.architecture',
  'general.name',
  'general.basename',
  'general.size_label',
  'general.type',
  'general.file_type',
  'general.alignment',
  CHAT_TEMPLATE,
  'split.count',
  'clip.has_vision_encoder',
  'clip.has_audio_encoder',
  'clip.vision.projection_dim',
  'clip.audio.projection_dim',
]);

const OF_ARCHITECTURE = new Set([
  'context_length',
  'embedding_length',
  'block_count',
  'feed_forward_length',
  'expert_feed_forward_length',
  'expert_used_count',
  'vocab_size',
  'pooling_type',
  'full_attention_interval',
  'attention.head_count',
  'attention.head_count_kv',
  'attention.key_length',
  'attention.value_length',
  'attention.key_length_swa',
  'attention.value_length_swa',
  'attention.key_length_mla',
  'attention.value_length_mla',
  'attention.sliding_window',
  'attention.sliding_window_pattern',
  'attention.shared_kv_layers',
  'attention.causal',
  'ssm.conv_kernel',
  'ssm.inner_size',
  'ssm.state_size',
  'ssm.group_count',
  'kda.head_dim',
  'shortconv.l_cache',
  'wkv.head_size',
  'token_shift_count',
  'vision.block_count',
  'audio.block_count',
]);

/** Is the value of this key used? */
export function isWantedKey(key: string): boolean {
  return WHOLE.has(key) || OF_ARCHITECTURE.has(key.slice(key.indexOf('.') + 1));
}
