import type { OverflowSizes, UpstreamError } from '../../protocol/upstream-error.ts';
import { NO_ECHO, type Echo } from './echo.ts';

/** What an error's words, code or type show. */
export type Meaning =
  | 'loading'
  | 'not_loaded'
  | 'quota'
  | 'gone'
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
   * output, `tokens` of the prompt, or of prompt and output together where there is an `output`.
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

  { means: 'key_refused', server: 'xAI, Gemini', source: 'continuedev/continue#10778', date: '2026-02', text: /incorrect api key|invalid api key|api key not valid/i },

  { means: 'rate_limit', server: 'Groq, OpenAI', source: 'openclaw/openclaw#147644: 413 for a request above the tokens of a minute', date: '2026-11', text: /\btokens per (?:minute|min|day|hour)\b|\b[TR]P[MD]\b|\brate[ _-]?limit/i, codes: ['rate_limit_exceeded', 'rate_limit_error'] },

  { means: 'context_overflow', server: 'OpenAI, DeepInfra, vLLM, OpenRouter', source: 'AsyncFuncAI/deepwiki-open#144, OpenHands/OpenHands#9937; recorded: vLLM 0.32.0, in tokens and in characters', date: '2026-11-29', text: /maximum context length is (?<window>\d+) tokens(?:[.,;]?[^\d]{0,60}(?<tokens>\d+) (?:input )?tokens(?: \([^()]{0,80}?(?<output>\d+) (?:in|for) the (?:completion|output)\))?)?/i },
  { means: 'context_overflow', server: 'OpenAI, GPT-5', source: 'cline/cline#5474', date: '2025-08-09', text: /exceed the configured limit of (?<window>\d+) tokens\. your messages resulted in (?<tokens>\d+) tokens/i },
  { means: 'context_overflow', server: 'vLLM', source: 'recorded: vLLM 0.32.0, a limit above the whole window, under the name that the client or /v1/messages gives it', date: '2026-11-29', text: /\bmax_(?:completion_)?tokens=(?<output>\d+) cannot be greater than max_model_len=(?<window>\d+)/i },
  { means: 'context_overflow', server: 'vLLM', source: 'recorded: vLLM 0.32.0, a prompt as long as the window', date: '2026-11-29', text: /max_tokens must be at least 1, got 0\b/i },
  { means: 'context_overflow', server: 'llama-server', source: 'recorded: llama-server b11434', date: '2026-11-29', text: /request \((?<tokens>\d+) tokens\) exceeds the available context size \((?<window>\d+) tokens\)/i, codes: ['exceed_context_size_error'] },
  { means: 'context_overflow', server: 'llama-server', source: 'recorded: llama-server b11434, a context that filled up in an answer', date: '2026-11-29', text: /exceeds? the available context size|^context size has been exceeded/i },
  { means: 'context_overflow', server: 'Ollama', source: 'recorded: Ollama v0.17.4 with truncate: false; ollama server/routes.go', date: '2026-11-29', text: /the (?:input length exceeds|prompt is longer than) the context length/i },
  { means: 'context_overflow', server: 'Anthropic', source: 'stackblitz/bolt.new#1748', date: '2024-11-07', text: /prompt is too long: (?<tokens>\d+) tokens > (?<window>\d+) maximum/i },
  { means: 'context_overflow', server: 'Anthropic', source: 'anthropics/claude-code#228, #16580', date: '2026-01-07', text: /input length and `?max_tokens`? exceed context limit: (?<tokens>\d+) \+ \d+ > (?<window>\d+)/i },
  { means: 'context_overflow', server: 'Anthropic', source: 'wire case 170', date: '2026-11', text: /^prompt is too long\b/i },
  { means: 'context_overflow', server: 'Gemini', source: 'google-gemini/gemini-cli#6678', date: '2025-08-20', text: /input token count (?:\((?<tokens>\d+)\) )?exceeds the maximum number of tokens allowed \(?(?<window>\d+)/i },
  { means: 'context_overflow', server: 'Groq', source: 'thepersonalaicompany/amurex-backend#51', date: '2025-03-04', text: /^please reduce the length of the messages or completion/i, codes: ['context_length_exceeded'] },
  { means: 'context_overflow', server: 'Cerebras', source: 'cline/cline#5140', date: '2025-07-24', text: /messages or completion\. current length is (?<tokens>\d+) while limit is (?<window>\d+)/i },
  { means: 'context_overflow', server: 'xAI', source: 'cline/cline#3120', date: '2025-04-25', text: /maximum prompt length is (?<window>\d+) but the request contains (?<tokens>\d+) tokens/i },
  { means: 'context_overflow', server: 'SGLang', source: 'fuergaosi233/claude-code-proxy#60', date: '2026-01-05', text: /input \((?<tokens>\d+) tokens\) is longer than the model's context length \((?<window>\d+) tokens\)/i },
  { means: 'context_overflow', server: 'LM Studio', source: 'lmstudio-ai/model-catalog#38', date: '2023-11-16', text: /input length (?<tokens>\d+) exceeds context length (?<window>\d+)/i },

  { means: 'out_of_memory', server: 'Ollama', source: 'continuedev/continue#11715', date: '2026-03-22', text: /requires more system memory/i },
  { means: 'out_of_memory', server: 'engines on CUDA or ROCm', source: 'the phrases that Ollama looks for in its runner\'s log, ollama llm/status.go', date: '2026-11', text: /\bout of (?:device )?memory\b|\b(?:cuda|hip)malloc failed|\b(?:cuda|hip)ErrorOutOfMemory\b|erroroutofmemory/i },
  { means: 'out_of_memory', server: 'engines on Vulkan', source: 'ggml-org/llama.cpp#15256; mlc-ai/mlc-llm#974', date: '2025-08-12', text: /\bErrorOutOf(?:Device|Host)Memory\b|VK_ERROR_OUT_OF_(?:DEVICE|HOST)_MEMORY/i },
  { means: 'out_of_memory', server: 'engines on Metal', source: 'ggml-org/llama.cpp#9701', date: '2024-10', text: /\binsufficient memory\b|CallbackErrorOutOfMemory/i },
  { means: 'out_of_memory', server: 'ggml, PyTorch', source: 'ollama/ollama#13029; ollama llm/status.go', date: '2025-11-09', text: /\bfailed to allocate\b|\bunable to allocate\b|\bnot enough memory\b|\ballocation (?:of size \d+ )?failed\b/i },

  { means: 'content_policy', server: 'Azure OpenAI', source: 'openai/openai-python#331; Gitlawb/openclaude#273', date: '2026-04-03', text: /content management policy/i, codes: ['content_filter', 'content_policy_violation', 'ResponsibleAIPolicyViolation'] },
  { means: 'content_policy', server: 'OpenAI', source: 'openai/codex#7250; BeehiveInnovations/pal-mcp-server#178', date: '2026-09-05', text: /flagged as potentially violating our usage policy/i },
  { means: 'content_policy', server: 'Anthropic', source: 'anthropics/claude-code#43487', date: '2026-04-04', text: /blocked by content filtering policy/i },
  { means: 'content_policy', server: 'DeepSeek', source: '666ghj/BettaFish#108; deepseek-ai/DeepSeek-V2#30', date: '2025-11-04', text: /^content exists risk/i },
  { means: 'content_policy', server: 'OpenRouter', source: 'openrouter.ai/docs/api/reference/errors-and-debugging, "Moderation Errors"', date: '2026-11-29', text: /requires moderation\b.{0,100}\bflagged|\binput was flagged\b/i },

  { means: 'quota', server: 'Anthropic, xAI', source: 'anthropics/claude-code#66314 (400), continuedev/continue#10373 and #12670 (xAI 429, 403)', date: '2026-06', text: /credit balance is too low|used all available credits|spend(?:ing)? limit|reached your specified api usage limits|doesn't have any credits|insufficient balance/i },

  // 500s that are the caller's fault.
  { means: 'caller_fault', server: 'llama-server', source: 'recorded: llama-server b11434', date: '2026-11-29', text: /image input is not supported|too large to process|does not support logits/i },

  // Thinking blocks that the model did not write, or not at this place of the conversation.
  { means: 'thinking_refused', server: 'Anthropic', source: 'wire case 111: platform.claude.com/docs, "Extended thinking"', date: '2026-11', text: /invalid `?signature|bound to a different conversation|`?thinking`?.{0,60} blocks?.{0,80}cannot be modified/i },

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
    const prompt = tokens === null || output === null ? tokens : tokens - output;
    if (window === null || !mayFit(prompt, window, output)) return { window, tokens: prompt };
    return { window, tokens: null, ...(output === null ? null : { output, prompt }) };
  }
  return { tokens: null, window: null };
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
