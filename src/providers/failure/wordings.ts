import type { OverflowSizes, UpstreamError } from '../../protocol/upstream-error.ts';
import { NO_ECHO, type Echo } from './echo.ts';

/** What an error's words, code or type show. */
export type Meaning =
  | 'loading'
  | 'not_loaded'
  | 'quota'
  | 'gone'
  | 'no_path'
  | 'key_refused'
  | 'rate_limit'
  | 'context_overflow'
  | 'output_limit'
  | 'out_of_memory'
  | 'content_policy'
  | 'caller_fault'
  | 'thinking_refused'
  | 'field_refused';

/** One row of the table: words, codes or types that servers really send. */
export interface Wording {
  readonly means: Meaning;
  /** Who sends it. */
  readonly server: string;
  /** Where it was seen: a recorded reply, vendor documentation or a public issue. */
  readonly source: string;
  /** When it was seen there: ISO date, or month. */
  readonly date: string;
  /**
   * Matched against the message. The groups are sizes in tokens: `window` of the context, `output` the limit of the
   * output, `tokens` of the prompt, or of prompt and output together where there is an `output`; `prompt` of the prompt
   * alone; `max` the largest limit of the output.
   */
  readonly text?: RegExp;
  /** Matched against code and type. */
  readonly codes?: readonly string[];
}

/** The wordings of each meaning. A vendor's new wording is one more row. */
// prettier-ignore
export const WORDINGS: readonly Wording[] = [
  // Word boundaries, so that `overloaded` does not match.
  { means: 'loading', server: 'llama-server', source: 'recorded: llama-server b11434 while it loads', date: '2026-11-29', text: /\bloading\b|\bnot (?:yet )?(?:loaded|ready)\b|\bstarting\b|\bwarming up\b/i },

  { means: 'not_loaded', server: 'llama-server', source: 'llama-server router without autoload', date: '2026-11', text: /\bmodel is not loaded\b/i },

  { means: 'quota', server: 'OpenAI', source: 'platform.openai.com/docs/guides/error-codes', date: '2026-11', codes: ['insufficient_quota', 'billing_hard_limit_reached'] },
  { means: 'quota', server: 'Anthropic', source: 'platform.claude.com/docs, "Errors"; wire case 117', date: '2026-11', codes: ['billing_error', 'contract_spend_limit_reached', 'enforced_spend_limit_reached', 'ramp_limit_exceeded'] },

  { means: 'gone', server: 'OpenAI, Groq, Mistral', source: 'wire cases 157, 200; console.groq.com/docs/deprecations', date: '2026-11', codes: ['model_not_found', 'model_decommissioned', 'invalid_model'] },
  // At most one word after "model", so that messages about other missing things do not match.
  { means: 'gone', server: 'Ollama, vLLM, llama-server, DeepSeek, Groq', source: 'recorded: Ollama v0.17.4, vLLM 0.32.0, llama-server b11434', date: '2026-11-29', text: /\bmodel:?\s+(?:\S+\s+)?(?:(?:was|is)\s+)?(?:not\s+found|(?:does\s+not|doesn't|not)\s+exist|has\s+been\s+decommissioned)/i },
  { means: 'gone', server: 'OpenRouter, Mistral', source: 'wire case 200', date: '2026-11', text: /is not a valid model id|^invalid model\b/i },

  // A 404 for the path; the whole message, so that it says nothing of a model.
  { means: 'no_path', server: 'FastAPI (vLLM, SGLang), llama-server, Anthropic, Spring, Fastify', source: 'recorded: llama-server b11434, vLLM 0.32.0', date: '2026-11-29', text: /^(?:404[\s:-]*)?(?:(?:the )?(?:file|path|page|route|url|endpoint|resource) )?not found\.?$/i },
  { means: 'no_path', server: 'Go servers', source: '`http.NotFound` of Go, inside JSON', date: '2026-11', text: /^404 page not found$/i },
  { means: 'no_path', server: 'OpenAI, Groq', source: 'harry0703/MoneyPrinterTurbo#57; stitionai/devika#456, ChatGPTNextWeb/NextChat#4599', date: '2024-04-30', text: /^(?:invalid|unknown request) url\b/i, codes: ['unknown_url'] },
  { means: 'no_path', server: 'another Laneway', source: 'src/protocol/errors.ts', date: '2026-11', codes: ['route_not_found'] },

  { means: 'key_refused', server: 'xAI, Gemini', source: 'continuedev/continue#10778', date: '2026-02', text: /incorrect api key|invalid api key|api key not valid/i },

  { means: 'rate_limit', server: 'Groq, OpenAI', source: 'openclaw/openclaw#147644: 413 for a request above the tokens of a minute', date: '2026-11', text: /\btokens per (?:minute|min|day|hour)\b|\b[TR]P[MD]\b|\brate[ _-]?limit/i, codes: ['rate_limit_exceeded', 'rate_limit_error'] },

  // Those with a limit of the output come before the general one, which would read only their window.
  { means: 'context_overflow', server: 'vLLM', source: 'stepfun-ai/Step-Audio-R1#3', date: '2025-12-01', text: /\bmax_completion_tokens'? is too large: (?<output>\d+)\. this model's maximum context length is (?<window>\d+) tokens and your request has (?<prompt>\d+) input tokens/i },
  { means: 'context_overflow', server: 'vLLM', source: 'AIDotNet/OpenCowork#82', date: '2026-04-26', text: /maximum context length is (?<window>\d+) tokens\. however, you requested (?<output>\d+) output tokens and your prompt contains (?:at least )?(?<prompt>\d+) input tokens/i },
  { means: 'context_overflow', server: 'SGLang', source: 'anomalyco/opencode#25230', date: '2026-05-01', text: /maximum context length of (?<window>\d+) tokens\. you requested a total of (?<tokens>\d+) tokens: \d+ tokens from the input messages and (?<output>\d+) tokens for the completion/i },
  { means: 'context_overflow', server: 'TGI', source: 'huggingface/huggingface_hub#2763, huggingface/llm-vscode#94', date: '2025-01-20', text: /inputs`? tokens \+ `?max_new_tokens`? must be <= (?<window>\d+)\. given: (?<prompt>\d+) `?inputs`? tokens and (?<output>\d+) `?max_new_tokens/i },
  { means: 'context_overflow', server: 'OpenAI, DeepInfra, vLLM, OpenRouter', source: 'AsyncFuncAI/deepwiki-open#144, OpenHands/OpenHands#9937; recorded: vLLM 0.32.0, in tokens and in characters', date: '2026-11-29', text: /maximum context length is (?<window>\d+) tokens(?:[.,;]?[^\d]{0,60}(?<tokens>\d+) (?:input )?tokens(?: \([^()]{0,80}?(?<output>\d+) (?:in|for) the (?:completion|output)\))?)?/i },
  { means: 'context_overflow', server: 'OpenAI, GPT-5', source: 'cline/cline#5474', date: '2025-08-09', text: /exceed the configured limit of (?<window>\d+) tokens\. your messages resulted in (?<tokens>\d+) tokens/i },
  { means: 'context_overflow', server: 'vLLM', source: 'recorded: vLLM 0.32.0, a limit above the whole window, under the name that the client or /v1/messages gives it', date: '2026-11-29', text: /\bmax_(?:completion_)?tokens=(?<output>\d+) cannot be greater than max_model_len=(?:max_total_tokens=)?(?<window>\d+)/i },
  { means: 'context_overflow', server: 'vLLM', source: 'recorded: vLLM 0.32.0, a prompt as long as the window', date: '2026-11-29', text: /max_tokens must be at least 1, got 0\b/i },
  { means: 'context_overflow', server: 'llama-server', source: 'recorded: llama-server b11434', date: '2026-11-29', text: /request \((?<tokens>\d+) tokens\) exceeds the available context size \((?<window>\d+) tokens\)/i, codes: ['exceed_context_size_error'] },
  { means: 'context_overflow', server: 'llama-server', source: 'recorded: llama-server b11434, a context that filled up in an answer', date: '2026-11-29', text: /exceeds? the available context size|^context size has been exceeded/i },
  { means: 'context_overflow', server: 'Ollama', source: 'recorded: Ollama v0.17.4 with truncate: false; ollama server/routes.go', date: '2026-11-29', text: /(?:input length exceeds|prompt is longer than) the context length/i },
  { means: 'context_overflow', server: 'Anthropic', source: 'stackblitz/bolt.new#1748', date: '2024-11-07', text: /prompt is too long: (?<tokens>\d+) tokens > (?<window>\d+) maximum/i },
  { means: 'context_overflow', server: 'Anthropic', source: 'anthropics/claude-code#228, #16580', date: '2026-01-07', text: /input length and `?max_tokens`? exceed context limit: (?<tokens>\d+) \+ \d+ > (?<window>\d+)/i },
  { means: 'context_overflow', server: 'Anthropic', source: 'wire case 170', date: '2026-11', text: /^prompt is too long\b/i },
  { means: 'context_overflow', server: 'Gemini', source: 'google-gemini/gemini-cli#6678', date: '2025-08-20', text: /input token count (?:\((?<tokens>\d+)\) )?exceeds the maximum number of tokens allowed \(?(?<window>\d+)/i },
  { means: 'context_overflow', server: 'Groq', source: 'thepersonalaicompany/amurex-backend#51', date: '2025-03-04', text: /^please reduce the length of the messages or completion/i, codes: ['context_length_exceeded'] },
  { means: 'context_overflow', server: 'Cerebras', source: 'cline/cline#5140', date: '2025-07-24', text: /messages or completion\. current length is (?<tokens>\d+) while limit is (?<window>\d+)/i },
  { means: 'context_overflow', server: 'xAI', source: 'cline/cline#3120', date: '2025-04-25', text: /maximum prompt length is (?<window>\d+) but the request contains (?<tokens>\d+) tokens/i },
  { means: 'context_overflow', server: 'SGLang', source: 'fuergaosi233/claude-code-proxy#60', date: '2026-01-05', text: /input \((?<tokens>\d+) tokens\) is longer than the model's context length \((?<window>\d+) tokens\)/i },
  { means: 'context_overflow', server: 'LM Studio', source: 'lmstudio-ai/model-catalog#38', date: '2023-11-16', text: /input length (?<tokens>\d+) exceeds context length (?<window>\d+)/i },
  { means: 'context_overflow', server: 'LM Studio', source: 'lmstudio-ai/lmstudio-bug-tracker#237, #546', date: '2025-03-24', text: /trying to keep the first (?<tokens>\d+) tokens when context the overflows\. however, the model is loaded with context length of only (?<window>\d+) tokens/i },
  { means: 'context_overflow', server: 'LM Studio', source: 'Gitlawb/openclaude#353; without numbers: lmstudio-ai/lmstudio-bug-tracker#2205', date: '2026-07-25', text: /tokens to keep from the initial prompt is greater than the context length(?: \(n_keep: (?<tokens>\d+) ?>= ?n_ctx: (?<window>\d+)\))?/i },
  { means: 'context_overflow', server: 'LM Studio', source: 'anomalyco/opencode#11141', date: '2026-01-29', text: /cannot truncate prompt with n_keep \((?<tokens>\d+)\) >= n_ctx \((?<window>\d+)\)/i },
  { means: 'context_overflow', server: 'TGI, TEI', source: 'opea-project/GenAIExamples#340', date: '2024-06-28', text: /\binputs`? must have less than (?<window>\d+) tokens(?:\. given: (?<tokens>\d+))?/i },
  { means: 'context_overflow', server: 'Bedrock', source: 'aws-samples/assessment-generator#2, continuedev/continue#9592', date: '2026-01-16', text: /input is too long for requested model/i },
  { means: 'context_overflow', server: 'Cohere', source: 'cohere-ai/sandbox-topically#4', date: '2022-11-21', text: /too many tokens: total number of tokens [^\d]{0,40}cannot exceed (?<window>\d+) - received (?<tokens>\d+)/i },
  { means: 'context_overflow', server: 'DashScope', source: 'QwenLM/qwen-code#98, QwenLM/Qwen-Agent#615', date: '2025-07-24', text: /range of input length should be \[\d+, ?(?<window>\d+)\]/i },
  { means: 'context_overflow', server: 'Moonshot', source: 'MoonshotAI/kimi-cli#2011, BigPizzaV3/CodexPlusPlus#1803', date: '2026-08-07', text: /exceeded model token limit: (?<window>\d+) \(requested: (?<tokens>\d+)\)/i },
  { means: 'context_overflow', server: 'Z.ai, mlx-serve', source: 'zeroclaw-labs/zeroclaw#4124; ddalcu/mlx-serve#66', date: '2026-07-09', text: /^prompt exceeds max(?:imum context)? length/i },

  // The model's own limit of the output, `max`.
  { means: 'output_limit', server: 'Anthropic', source: 'anthropics/claude-code#24451, OpenHands/OpenHands#11090', date: '2026-02-09', text: /\bmax_tokens: \d+ > (?<max>\d+), which is the maximum allowed number of output tokens/i },
  { means: 'output_limit', server: 'OpenAI', source: 'tailcallhq/forgecode#1185; in `param`: AQBot-Desktop/AQBot#93', date: '2026-05-22', text: /\bsupports at most (?<max>\d+) completion tokens/i },
  { means: 'output_limit', server: 'DeepSeek', source: 'Gitlawb/openclaude#35, mnfst/llm-gateway#1177', date: '2026-04-01', text: /\bvalid range of max_tokens is \[\d+, ?(?<max>\d+)\]/i },
  { means: 'output_limit', server: 'DashScope', source: 'musistudio/claude-code-router#1327, open-webui/open-webui#10507', date: '2026-04-13', text: /\brange of max_tokens should be \[\d+, ?(?<max>\d+)\]/i },
  { means: 'output_limit', server: 'Groq', source: 'RooCodeInc/Roo-Code#5136', date: '2025-06-26', text: /\bmax_(?:completion_)?tokens`? must be less than or equal to `?(?<max>\d+)/i },
  { means: 'output_limit', server: 'Volcengine', source: 'Gitlawb/openclaude#331, yiliqi78/TOKENICODE#3', date: '2026-04-04', text: /\bmax_(?:completion_)?tokens`? specified in the request (?:is|are) not valid: integer above maximum value, expected a value <= (?<max>\d+)/i },

  { means: 'out_of_memory', server: 'Ollama', source: 'continuedev/continue#11715', date: '2026-03-22', text: /requires more system memory/i },
  { means: 'out_of_memory', server: 'engines on CUDA or ROCm', source: 'the phrases that Ollama looks for in its runner\'s log, ollama llm/status.go', date: '2026-11', text: /\bout of (?:device )?memory\b|\b(?:cuda|hip)malloc failed|\b(?:cuda|hip)ErrorOutOfMemory\b|erroroutofmemory/i },
  { means: 'out_of_memory', server: 'engines on Vulkan', source: 'ggml-org/llama.cpp#15256; mlc-ai/mlc-llm#974', date: '2025-08-12', text: /\bErrorOutOf(?:Device|Host)Memory\b|VK_ERROR_OUT_OF_(?:DEVICE|HOST)_MEMORY/i },
  { means: 'out_of_memory', server: 'engines on Metal', source: 'ggml-org/llama.cpp#9701', date: '2024-10', text: /\binsufficient memory\b|CallbackErrorOutOfMemory/i },
  { means: 'out_of_memory', server: 'ggml, PyTorch', source: 'ollama/ollama#13029; ollama llm/status.go', date: '2025-11-09', text: /\bfailed to allocate\b|\bunable to allocate\b|\bnot enough memory\b|\ballocation (?:of size \d+ )?failed\b/i },

  { means: 'content_policy', server: 'Azure OpenAI', source: 'openai/openai-python#331; Gitlawb/openclaude#273', date: '2026-04-03', text: /content management policy/i, codes: ['content_filter', 'content_policy_violation', 'ResponsibleAIPolicyViolation'] },
  { means: 'content_policy', server: 'OpenAI', source: 'openai/codex#7250; BeehiveInnovations/pal-mcp-server#178', date: '2026-09-05', text: /flagged as potentially violating our usage policy/i },
  { means: 'content_policy', server: 'Anthropic', source: 'anthropics/claude-code#43487', date: '2026-04-04', text: /blocked by content filtering policy/i },
  { means: 'content_policy', server: 'DeepSeek', source: '666ghj/BettaFish#108; deepseek-ai/DeepSeek-V2#30', date: '2025-11-04', text: /^content exists risk/i },
  { means: 'content_policy', server: 'DashScope', source: 'camel-ai/owl#432; QwenLM/qwen-code#2905', date: '2026-04-05', text: /\bDataInspectionFailed\b|^(?:input|output)(?: text)? data may contain inappropriate content/i, codes: ['data_inspection_failed', 'DataInspectionFailed'] },
  { means: 'content_policy', server: 'xAI', source: 'UKGovernmentBEIS/inspect_ai#2267, theopenco/llmgateway#1785 (403)', date: '2026-03-03', text: /\bcontent violates usage guidelines/i },
  { means: 'content_policy', server: 'OpenRouter', source: 'openrouter.ai/docs/api/reference/errors-and-debugging, "Moderation Errors"', date: '2026-11-29', text: /requires moderation\b.{0,100}\bflagged|\binput was flagged\b/i },

  { means: 'quota', server: 'Anthropic, xAI', source: 'anthropics/claude-code#66314 (400), continuedev/continue#10373 and #12670 (xAI 429, 403)', date: '2026-06', text: /credit balance is too low|used all available credits|spend(?:ing)? limit|reached your specified api usage limits|doesn't have any credits|insufficient balance/i },

  // 500s that are the caller's fault.
  { means: 'caller_fault', server: 'llama-server', source: 'recorded: llama-server b11434', date: '2026-11-29', text: /image input is not supported|too large to process|does not support logits/i },
  { means: 'caller_fault', server: 'Ollama', source: 'recorded: Ollama v0.17.4; ollama api/types.go, server/prompt.go', date: '2026-11-29', text: /^option "\w+" must be of\b|^invalid JSON schema in format|^this model only supports one image\b/i },

  // Thinking blocks that the model did not write, or not at this place of the conversation.
  { means: 'thinking_refused', server: 'Anthropic', source: 'wire case 111: platform.claude.com/docs, "Extended thinking"', date: '2026-11', text: /invalid `?signature|bound to a different conversation|`?thinking`?.{0,60} blocks?.{0,80}cannot be modified/i },
  { means: 'thinking_refused', server: 'OpenAI', source: 'openai/codex#8145; vercel/ai#7099', date: '2026-09', text: /encrypted content\b.{0,200}could not be (?:verified|decrypted)|type 'reasoning' was provided without its required following item/i },

  // A field that the server does not know, in the body or in a message.
  { means: 'field_refused', server: 'Mistral, DeepSeek, Groq and others', source: 'BerriAI/litellm#30835, mnfst/llm-gateway#1074', date: '2026-11', text: /not permitted|not allowed|unsupported|not supported|unknown|unrecognized|unexpected/i },
];

const BY_MEANING = Map.groupBy(WORDINGS, ({ means }) => means);

/**
 * The meanings that words of the request itself must not give to an error. The others have no effect on other requests,
 * or their words are those of any conversation about programs ("out of memory", "not supported").
 */
const GUARDED: ReadonlySet<Meaning> = new Set([
  ...(['not_loaded', 'quota', 'gone', 'key_refused'] as const),
  ...(['context_overflow', 'content_policy', 'output_limit'] as const),
]);

/** The beginning of a sentence: what a server puts before a quotation of the request ends in punctuation. */
const SENTENCE_START = /^[\p{L}\s'’]{0,20}$/u;
/** Meanings that concern only the request: there, the sentence that an error begins with is the server's own. */
const OF_REQUEST: ReadonlySet<Meaning> = new Set(['context_overflow', 'content_policy']);

/** Do the words of an error mean this? Words that only repeat the request do not count. */
export function saysSo(means: Meaning, { message }: UpstreamError, echo: Echo = NO_ECHO): boolean {
  return rowsOf(means).some(({ text }) => {
    const match = text?.exec(message) ?? null;
    if (match === null) return false;
    if (!GUARDED.has(means) || !echo.contains(match[0])) return true;
    return OF_REQUEST.has(means) && SENTENCE_START.test(message.slice(0, match.index));
  });
}

/** Do the code or the type of an error mean this? */
export function isCoded(means: Meaning, { code, type }: UpstreamError): boolean {
  return rowsOf(means).some(
    ({ codes }) => codes?.includes(code ?? '') === true || codes?.includes(type ?? '') === true,
  );
}

/**
 * The sizes that the words of an overflow give. A prompt that is smaller than the window is not given as the size: then
 * the limit of the output did not fit, and the number would mislead. Sizes that the request itself contains are not
 * read: they would bound the requests of others.
 */
export function overflowSizes({ message }: UpstreamError, echo: Echo = NO_ECHO): OverflowSizes {
  for (const { text } of rowsOf('context_overflow')) {
    const match = text?.exec(message);
    const groups = match?.groups;
    if (groups === undefined || echo.contains(match?.[0] ?? '')) continue;
    const window = count(groups['window']);
    const tokens = count(groups['tokens']);
    if (window === null && tokens === null) continue;
    const output = count(groups['output']);
    const prompt = count(groups['prompt']) ?? (tokens === null || output === null ? tokens : tokens - output);
    if (window === null || !mayFit(prompt, window, output)) return { window, tokens: prompt };
    return { window, tokens: null, ...(output === null ? null : { output, prompt }) };
  }
  return { tokens: null, window: null };
}

/**
 * The model's largest limit of the output in tokens that an error names; null if it names none, or one that the request
 * itself contains. One gateway has the words in `param`.
 */
export function namedOutputLimit({ message, param }: UpstreamError, echo: Echo = NO_ECHO): number | null {
  for (const { text } of rowsOf('output_limit')) {
    const match = text?.exec(`${message} ${param ?? ''}`);
    const max = count(match?.groups?.['max']);
    if (max !== null && !echo.contains(match?.[0] ?? '')) return max;
  }
  return null;
}

/** Without its size, only a limit of the output shows that it was not the prompt that did not fit. */
function mayFit(prompt: number | null, window: number, output: number | null): boolean {
  return prompt === null ? output !== null : prompt <= window;
}

function rowsOf(means: Meaning): readonly Wording[] {
  return BY_MEANING.get(means) ?? [];
}

function count(digits: string | undefined): number | null {
  const value = Number(digits);
  return digits !== undefined && Number.isSafeInteger(value) && value > 0 ? value : null;
}
