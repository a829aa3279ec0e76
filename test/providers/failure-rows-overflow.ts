import { anthropic, llama, openAi, type FailureRow } from './failure-bodies.ts';

const overflow = (name: string, status: number, body: unknown): FailureRow => [
  name,
  status,
  body,
  'context_overflow',
  'context_length_exceeded',
  `found the prompt too long for its context (${status})`,
];

/** The prompt alone would have fitted. */
const outputOverflow = (name: string, status: number, body: unknown): FailureRow => [
  name,
  status,
  body,
  'context_overflow',
  'context_length_exceeded',
  `found the output limit too large for its context (${status})`,
];

const vllm = (message: string, param: string): unknown => ({
  error: { message, type: 'BadRequestError', param, code: 400 },
});

/** Prompts over the window: recorded from llama-server b11434, Ollama v0.17.4 and vLLM 0.32.0; the others from issues. */
// prettier-ignore
export const OVERFLOW_ROWS: readonly FailureRow[] = [
  overflow('wire case 170: llama-server, prompt over the context', 400, { error: { code: 400, message: 'request (4349 tokens) exceeds the available context size (2048 tokens), try increasing it', type: 'exceed_context_size_error', n_prompt_tokens: 4349, n_ctx: 2048 } }),
  overflow('llama-server, context filled by the answer', 500, llama(500, 'Context size has been exceeded.', 'server_error')),
  overflow('vLLM, prompt over the limit', 400, vllm("This model's maximum context length is 1024 tokens. However, your prompt contains at least 1025 input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=1025)", 'input_tokens')),
  overflow('vLLM, far too many characters', 400, vllm("This model's maximum context length is 1024 tokens. However, your prompt contains 413859 characters (more than 82944 characters, which is the upper bound for 1024 input tokens). Please reduce the length of the input prompt. (parameter=input_text, value=413859)", 'input_text')),
  overflow('vLLM, prompt as long as the limit', 400, vllm('max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)', 'max_tokens')),
  outputOverflow('vLLM, output above the whole window', 400, vllm('max_tokens=5000 cannot be greater than max_model_len=1024. Please request fewer output tokens. (parameter=max_tokens, value=5000)', 'max_tokens')),
  overflow('vLLM, on the Messages wire', 400, { type: 'error', error: { type: 'BadRequestError', message: "This model's maximum context length is 1024 tokens. However, your prompt contains at least 1025 input tokens, which exceeds this limit even without any output tokens." } }),
  outputOverflow('vLLM, max_completion_tokens above the whole window', 400, vllm('max_completion_tokens=5000 cannot be greater than max_model_len=1024. Please request fewer output tokens. (parameter=max_completion_tokens, value=5000)', 'max_completion_tokens')),
  outputOverflow('vLLM, output above the whole window, on the Messages wire', 400, { type: 'error', error: { type: 'BadRequestError', message: 'max_completion_tokens=5000 cannot be greater than max_model_len=1024. Please request fewer output tokens. (parameter=max_completion_tokens, value=5000)' } }),
  overflow('vLLM, prompt as long as the limit, on the Messages wire', 400, { type: 'error', error: { type: 'BadRequestError', message: 'max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)' } }),
  outputOverflow('vLLM of 2025, prompt and output (ogx-ai/ogx#4534)', 400, { object: 'error', message: "This model's maximum context length is 6048 tokens. However, you requested 6616 tokens (568 in the messages, 6048 in the completion). Please reduce the length of the messages or completion.", type: 'BadRequestError', param: null, code: 400 }),
  overflow('vLLM of 2025, the prompt alone (vllm-project/vllm#20409)', 400, { object: 'error', message: "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens (112946 in the messages, 10000 in the completion). Please reduce the length of the messages or completion.", type: 'BadRequestError', param: null, code: 400 }),
  outputOverflow('DeepSeek, prompt and output (evalstate/fast-agent#621)', 400, openAi("This model's maximum context length is 131072 tokens. However, you requested 131134 tokens (122942 in the messages, 8192 in the completion). Please reduce the length of the messages or completion.", 'invalid_request_error', 'invalid_request_error')),
  overflow('Ollama with truncate: false', 400, { error: 'the input length exceeds the context length' }),
  overflow('OpenAI (AsyncFuncAI/deepwiki-open#144)', 400, openAi("This model's maximum context length is 128000 tokens. However, your messages resulted in 173172 tokens. Please reduce the length of the messages.", 'invalid_request_error', 'context_length_exceeded')),
  overflow('OpenAI, GPT-5 (cline/cline#5474)', 400, openAi('Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 289650 tokens. Please reduce the length of the messages.', 'invalid_request_error', 'context_length_exceeded')),
  overflow('Anthropic, prompt', 400, anthropic('invalid_request_error', 'prompt is too long: 202609 tokens > 200000 maximum')),
  overflow('Anthropic, prompt and output (anthropics/claude-code#228)', 400, anthropic('invalid_request_error', 'input length and `max_tokens` exceed context limit: 184915 + 20000 > 204648, decrease input length or `max_tokens` and try again')),
  overflow('Groq (thepersonalaicompany/amurex-backend#51)', 400, openAi('Please reduce the length of the messages or completion.', 'invalid_request_error', 'context_length_exceeded')),
  outputOverflow('OpenRouter (OpenHands/OpenHands#9937)', 400, { error: { message: 'This endpoint\'s maximum context length is 131072 tokens. However, you requested about 138956 tokens (7884 of text input, 131072 in the output). Please reduce the length of either one, or use the "middle-out" transform to compress your prompt automatically.', code: 400 } }),
  overflow('Gemini (google-gemini/gemini-cli#6678)', 400, [{ error: { code: 400, message: 'The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).', status: 'INVALID_ARGUMENT' } }]),
  overflow('xAI (cline/cline#3120)', 400, { code: 'invalid-argument', error: "This model's maximum prompt length is 131072 but the request contains 136973 tokens." }),
  overflow('Cerebras (cline/cline#5140)', 400, { message: 'Please reduce the length of the messages or completion. Current length is 42328 while limit is 40000', type: 'invalid_request_error' }),
  overflow('SGLang (fuergaosi233/claude-code-proxy#60)', 400, { object: 'error', message: "The input (233781 tokens) is longer than the model's context length (202752 tokens).", type: 'BadRequestError', param: null, code: 400 }),
  overflow('LM Studio (lmstudio-ai/model-catalog#38)', 400, { error: 'Input length 1581 exceeds context length 1500' }),
  outputOverflow('vLLM, output that does not fit beside the prompt (stepfun-ai/Step-Audio-R1#3)', 400, { object: 'error', message: "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 4096 tokens and your request has 500 input tokens (32000 > 4096 - 500). None", type: 'BadRequestError', param: null, code: 400 }),
  outputOverflow('vLLM of 2026, prompt and output (AIDotNet/OpenCowork#82)', 400, vllm("This model's maximum context length is 262144 tokens. However, you requested 128000 output tokens and your prompt contains at least 134145 input tokens, for a total of at least 262145 tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=134145)", 'input_tokens')),
  outputOverflow('SGLang, prompt and output (anomalyco/opencode#25230)', 400, { object: 'error', message: "Requested token count exceeds the model's maximum context length of 202752 tokens. You requested a total of 202941 tokens: 170941 tokens from the input messages and 32000 tokens for the completion. Please reduce the number of tokens in the input messages or the completion to fit within the limit.", type: 'BadRequestError', param: null, code: 400 }),
  outputOverflow('TGI, prompt and output (opea-project/GenAIInfra#487)', 422, { error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1887 `inputs` tokens and 1024 `max_new_tokens`', error_type: 'validation' }),
  overflow('TGI, the prompt alone (huggingface/huggingface_hub#2763)', 422, { error: { message: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 8740 `inputs` tokens and 500 `max_new_tokens`', http_status_code: 422 } }),
  overflow('TEI (opea-project/GenAIExamples#340)', 413, { error: 'Input validation error: `inputs` must have less than 512 tokens. Given: 731', error_type: 'Validation' }),
  overflow('LM Studio, first message (lmstudio-ai/lmstudio-bug-tracker#546)', 400, { error: 'Trying to keep the first 111490 tokens when context the overflows. However, the model is loaded with context length of only 32768 tokens, which is not enough. Try to load the model with a larger context length, or provide a shorter input. Error Data: n/a, Additional Data: n/a' }),
  overflow('LM Studio, n_keep (Gitlawb/openclaude#353)', 400, { error: 'The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length, or provide a shorter input.' }),
  overflow('LM Studio, without numbers (lmstudio-ai/lmstudio-bug-tracker#2205)', 400, { error: 'The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length, or provide a shorter input' }),
  overflow('LM Studio, truncation (anomalyco/opencode#11141)', 400, { error: 'Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)' }),
  overflow('Bedrock (aws-samples/assessment-generator#2)', 400, { message: 'Input is too long for requested model.' }),
  overflow('Cohere (cohere-ai/sandbox-topically#4)', 400, { message: 'too many tokens: total number of tokens (prompt and prediction) cannot exceed 2048 - received 6354. Try using a shorter prompt or a smaller max_tokens value.' }),
  overflow('DashScope (QwenLM/qwen-code#98)', 400, openAi('<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 204800]', 'invalid_request_error', 'invalid_parameter_error')),
  overflow('Moonshot (BigPizzaV3/CodexPlusPlus#1803)', 400, openAi('Invalid request: Your request exceeded model token limit: 262144 (requested: 287431)', 'invalid_request_error')),
  overflow('Z.ai (zeroclaw-labs/zeroclaw#4124)', 400, { error: { code: '1261', message: 'Prompt exceeds max length' } }),
  overflow('mlx-serve (ddalcu/mlx-serve#66)', 400, openAi('Prompt exceeds maximum context length', 'invalid_request_error')),
];
