import { pythonWithOpenAi } from '../support/python.ts';
import { NO_SDKS, sdkFolder } from '../support/sdks.ts';
import type { ClientFeatures } from './features.ts';
import { nodeAnthropic } from './node-anthropic.ts';
import { nodeGroq } from './node-groq.ts';
import { nodeOllama } from './node-ollama.ts';
import { nodeOpenAi } from './node-openai.ts';
import { nodeOpenAiResponses } from './node-openai-responses.ts';

/** A client of the table, by its name there. */
export interface Row {
  readonly client: string;
  /** The route that it calls. */
  readonly route: string;
}

/** A client that runs in this process. */
export interface LocalRow extends Row {
  readonly features: ClientFeatures;
}

/** Clients that one script runs. */
export interface ScriptRows {
  readonly script: string;
  /** Why they cannot run here, or null. */
  readonly absent: string | null;
  readonly rows: readonly Row[];
}

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const MESSAGES = '/v1/messages';
const OLLAMA = '/api/chat';

/** The clients that are dependencies of the repository. */
export const LOCAL_ROWS: readonly LocalRow[] = [
  { client: '`openai` (Node)', route: CHAT, features: nodeOpenAi },
  { client: '`openai` (Node)', route: RESPONSES, features: nodeOpenAiResponses },
  { client: '`@anthropic-ai/sdk`', route: MESSAGES, features: nodeAnthropic },
  { client: '`groq-sdk`', route: '/openai/v1/chat/completions', features: nodeGroq },
  { client: '`ollama` (Node)', route: OLLAMA, features: nodeOllama },
];

const NO_PYTHON = 'LANEWAY_TEST_PYTHON names no interpreter with the clients';

function rowsOf(script: string, rows: Readonly<Record<string, string>>): ScriptRows {
  const node = script.endsWith('.mjs');
  const absent = node ? sdkFolder === null && NO_SDKS : pythonWithOpenAi === null && NO_PYTHON;
  return {
    script,
    absent: absent === false ? null : absent,
    rows: Object.entries(rows).map(([client, route]) => ({ client, route })),
  };
}

/** All other clients. */
export const SCRIPT_ROWS: readonly ScriptRows[] = [
  rowsOf('sdks/ai.mjs', {
    '`@ai-sdk/openai`, `.chat()`': CHAT,
    '`@ai-sdk/openai`': RESPONSES,
    '`@ai-sdk/openai-compatible`': CHAT,
    '`@ai-sdk/anthropic`': MESSAGES,
    '`ollama-ai-provider-v2`': OLLAMA,
  }),
  rowsOf('sdks/langchain.mjs', {
    '`@langchain/openai`': CHAT,
    '`@langchain/openai`, `useResponsesApi`': RESPONSES,
    '`@langchain/anthropic`': MESSAGES,
    '`@langchain/ollama`': OLLAMA,
  }),
  rowsOf('python-openai.py', { '`openai` (Python)': CHAT }),
  rowsOf('python-openai-responses.py', { '`openai` (Python)': RESPONSES }),
  rowsOf('python-anthropic.py', { '`anthropic` (Python)': MESSAGES }),
  rowsOf('python-ollama.py', { '`ollama` (Python)': OLLAMA }),
  rowsOf('python-pydantic-ai.py', {
    '`pydantic-ai`, `OpenAIChatModel`': CHAT,
    '`pydantic-ai`, `OpenAIResponsesModel`': RESPONSES,
    '`pydantic-ai`, `AnthropicModel`': MESSAGES,
  }),
  rowsOf('python-agents.py', {
    '`openai-agents`, `OpenAIChatCompletionsModel`': CHAT,
    '`openai-agents`': RESPONSES,
  }),
];
