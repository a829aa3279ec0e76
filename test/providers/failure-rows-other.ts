import { anthropic, llama, openAi, type FailureRow } from './failure-bodies.ts';

const outOfMemory = (name: string, body: unknown, status = 500): FailureRow => [
  name,
  status,
  body,
  'out_of_memory',
  'upstream_out_of_memory',
  `ran out of memory (${status})`,
];

const refusedContent = (name: string, status: number, body: unknown): FailureRow => [
  name,
  status,
  body,
  'content_policy',
  'content_filter',
  `refused the content (${status})`,
];

/** Trouble of one target: its memory, its provider's filter, its size limit, or the moment. Sources in the names. */
// prettier-ignore
export const OTHER_TROUBLE_ROWS: readonly FailureRow[] = [
  outOfMemory('Ollama (continuedev/continue#11715)', { error: 'model requires more system memory (5.0 GiB) than is available (3.9 GiB)' }),
  outOfMemory('Ollama on CUDA', { error: 'llama runner process has terminated: cudaMalloc failed: out of memory' }),
  outOfMemory('vLLM on CUDA', openAi('CUDA out of memory. Tried to allocate 2.00 GiB.', 'InternalServerError', 500)),
  outOfMemory('PyTorch on ROCm', openAi('HIP out of memory. Tried to allocate 512.00 MiB.', 'InternalServerError', 500)),
  outOfMemory('Vulkan (ggml-org/llama.cpp#15256)', llama(500, 'vk::Device::allocateMemory: ErrorOutOfDeviceMemory', 'server_error')),
  outOfMemory('Metal (ggml-org/llama.cpp#9701)', llama(500, 'error: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)', 'server_error')),
  outOfMemory('an engine that runs out while it loads', llama(503, 'error loading model: failed to allocate ROCm0 buffer', 'unavailable_error'), 503),
  refusedContent('Azure (openai/openai-python#331)', 400, { error: { message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.", type: null, param: 'prompt', code: 'content_filter', status: 400 } }),
  refusedContent('OpenAI (BeehiveInnovations/pal-mcp-server#178)', 400, openAi('Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting', 'invalid_request_error', 'invalid_prompt')),
  refusedContent('Anthropic (anthropics/claude-code#43487)', 400, anthropic('invalid_request_error', 'Output blocked by content filtering policy')),
  refusedContent('DeepSeek (666ghj/BettaFish#108)', 400, openAi('Content Exists Risk', 'invalid_request_error', 'invalid_request_error')),
  refusedContent('DashScope, code (camel-ai/owl#432)', 400, { error: { code: 'data_inspection_failed', param: null, message: 'Input data may contain inappropriate content.', type: 'data_inspection_failed' }, id: 'chatcmpl-1' }),
  refusedContent('DashScope, in the message (QwenLM/qwen-code#2905)', 400, { error: { message: '<400> InternalError.Algo.DataInspectionFailed: Input text data may contain inappropriate content.', type: 'invalid_request_error' } }),
  refusedContent('xAI (UKGovernmentBEIS/inspect_ai#2267)', 403, { code: 'The caller does not have permission to execute the specified operation', error: 'Content violates usage guidelines. Team: x, API key ID: y, Model: grok-4-0709, Failed check: SAFETY_CHECK_TYPE_BIO' }),
  refusedContent('OpenRouter, moderation (openrouter.ai/docs)', 403, { error: { code: 403, message: 'Your chosen model requires moderation and your input was flagged' } }),
  ['Groq, tokens of a minute (openclaw/openclaw#147644)', 413, openAi('Request too large for model `m1` on tokens per minute (TPM): Limit 8000, Requested 10500, please reduce your message size and try again.', 'tokens', 'rate_limit_exceeded'), 'rate_limited', 'upstream_rate_limited', 'was rate limited (413)'],
  ['a token limit in words only', 413, { error: 'Request exceeds your limit of 8000 tokens per minute' }, 'rate_limited', 'upstream_rate_limited', 'was rate limited (413)'],
  ['nginx before an engine', 413, '<html><head><title>413 Request Entity Too Large</title></head></html>', 'too_large', 'request_too_large', 'found the request too large (413)'],
  ['Anthropic, more than 32 MB', 413, anthropic('request_too_large', 'Request exceeds the maximum size'), 'too_large', 'request_too_large', 'found the request too large (413)'],
  ['OpenRouter, timed out', 408, { error: { message: 'Your request timed out', code: 408 } }, 'unanswered', 'upstream_timeout', 'timed out (408)'],
  ['a conflict', 409, openAi('conflict', 'conflict_error'), 'busy', 'upstream_busy', 'could not take the request at the time (409)'],
  ['a locked resource', 423, { detail: 'model is locked by another job' }, 'busy', 'upstream_busy', 'could not take the request at the time (423)'],
  ['too early', 425, '', 'busy', 'upstream_busy', 'could not take the request at the time (425)'],
];
