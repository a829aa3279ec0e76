/** One part of a user's message. */
export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

/** A call of a tool; `arguments` is JSON text as the model wrote it. */
export interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A message of a chat, in the form of OpenAI's API. */
export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly Part[] }
  | { readonly role: 'assistant'; readonly content: string | null; readonly tool_calls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

/** A function that the model may call. */
export interface Tool {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** JSON schema. */
    readonly parameters?: object;
  };
}

/** What a request says besides its messages; what is absent is left to the gateway and the model. */
export interface RequestOptions {
  readonly system: string;
  readonly temperature: number | null;
  /** Tokens. */
  readonly maxTokens: number | null;
  readonly tools: readonly Tool[] | null;
  /** JSON schema of the reply. */
  readonly schema: object | null;
  readonly stream: boolean;
}

/** The body of `POST /v1/chat/completions`. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly tools?: readonly Tool[];
  readonly response_format?: {
    readonly type: 'json_schema';
    readonly json_schema: { readonly name: string; readonly strict: true; readonly schema: object };
  };
  readonly stream: boolean;
  readonly stream_options?: { readonly include_usage: true };
}

/** A turn, as far as the next request repeats it. */
export interface SentTurn {
  /** The user's message, or the results of the calls of the turn before. */
  readonly input: readonly Message[];
  /** What the model has answered; null: nothing that can be sent back, and the turn is left out. */
  readonly answer: Message | null;
}

/** Builds the body of a request: the earlier turns, then `input`. */
export function chatBody(
  model: string,
  options: RequestOptions,
  turns: readonly SentTurn[],
  input: readonly Message[],
): ChatBody {
  const { system, temperature, maxTokens, tools, schema, stream } = options;
  const earlier = turns.flatMap(({ input: asked, answer }) => (answer === null ? [] : [...asked, answer]));
  return {
    model,
    messages: [
      ...(system.trim() === '' ? [] : [{ role: 'system', content: system } as const]),
      ...earlier,
      ...input,
    ],
    ...(temperature === null ? {} : { temperature }),
    ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
    ...(tools === null || tools.length === 0 ? {} : { tools }),
    ...(schema === null ? {} : { response_format: formatOf(schema) }),
    stream,
    ...(stream ? { stream_options: { include_usage: true } } : {}),
  };
}

function formatOf(schema: object): NonNullable<ChatBody['response_format']> {
  return { type: 'json_schema', json_schema: { name: 'reply', strict: true, schema } };
}

/** The user's message: a text, with images before it as vendors advise. */
export function userMessage(text: string, images: readonly string[]): Message {
  if (images.length === 0) return { role: 'user', content: text };
  const parts = images.map((url): Part => ({ type: 'image_url', image_url: { url } }));
  return { role: 'user', content: text === '' ? parts : [...parts, { type: 'text', text }] };
}

/** Text and images (data URLs) of a user's message; the opposite of `userMessage`. */
export function partsOf({ content }: Extract<Message, { role: 'user' }>): {
  readonly text: string;
  readonly images: readonly string[];
} {
  if (typeof content === 'string') return { text: content, images: [] };
  return {
    text: content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
    images: content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : [])),
  };
}
