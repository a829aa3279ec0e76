import type { ChatBody } from '../chat.ts';
import { anthropicBody } from './anthropic-body.ts';
import { jsLiteral, pythonLiteral, shellWord, type Json } from './literals.ts';

/** The variable that the texts read the gateway's key from. */
export const KEY_VARIABLE = 'LANEWAY_API_KEY';

/** Kinds of texts, with their names. */
export const SNIPPETS = {
  curl: 'curl',
  'openai-python': 'Python, OpenAI client',
  'openai-javascript': 'JavaScript, OpenAI client',
  'anthropic-python': 'Python, Anthropic client',
  'anthropic-javascript': 'JavaScript, Anthropic client',
} as const;

/** A kind of text. */
export type SnippetKind = keyof typeof SNIPPETS;

/** A text that sends a request to a gateway; `gateway` is its address without `/v1` and without a slash at the end. */
export function snippet(kind: SnippetKind, body: ChatBody, gateway: string): string {
  return WRITERS[kind](body, gateway);
}

const WRITERS: Readonly<Record<SnippetKind, (body: ChatBody, gateway: string) => string>> = {
  curl,
  'openai-python': openAiPython,
  'openai-javascript': openAiJavaScript,
  'anthropic-python': anthropicPython,
  'anthropic-javascript': anthropicJavaScript,
};

/** The body is a quoted here-document: nothing in it is expanded, and it may be longer than an argument. */
function curl(body: ChatBody, gateway: string): string {
  return `curl -sS${body.stream ? ' --no-buffer' : ''} ${shellWord(`${gateway}/v1/chat/completions`)} \\
  -H 'content-type: application/json' \\
  -H "authorization: Bearer $${KEY_VARIABLE}" \\
  --data-binary @- <<'JSON'
${JSON.stringify(body, null, 2)}
JSON
`;
}

function openAiPython(body: ChatBody, gateway: string): string {
  const call = `client.chat.completions.create(\n${pythonArguments(body as unknown as Fields)})`;
  const hasTools = body.tools !== undefined;
  const calls = `        for call in delta.tool_calls or []:
            print(call.function.name or "", call.function.arguments or "", end="", flush=True)
`;
  const reply = body.stream
    ? `stream = ${call}
for chunk in stream:
    for choice in chunk.choices:
        delta = choice.delta
        print(delta.content or "", end="", flush=True)
${hasTools ? calls : ''}print()
`
    : `reply = ${call}
print(reply.choices[0].message${hasTools ? '' : '.content'})
`;
  return `${pythonClient('openai', 'OpenAI', `${gateway}/v1`)}${reply}`;
}

function openAiJavaScript(body: ChatBody, gateway: string): string {
  const call = `await client.chat.completions.create(${jsLiteral(body as unknown as Json)})`;
  const hasTools = body.tools !== undefined;
  const calls = `  for (const call of delta?.tool_calls ?? [])
    process.stdout.write(\`\${call.function?.name ?? ''} \${call.function?.arguments ?? ''}\`);
`;
  const reply = body.stream
    ? `const stream = ${call};
for await (const chunk of stream) {
  const delta = chunk.choices[0]?.delta;
  process.stdout.write(delta?.content ?? '');
${hasTools ? calls : ''}}
console.log();
`
    : `const reply = ${call};
console.log(reply.choices[0].message${hasTools ? '' : '.content'});
`;
  return `${jsClient('openai', 'OpenAI', `${gateway}/v1`)}${reply}`;
}

function anthropicPython(body: ChatBody, gateway: string): string {
  const call = pythonArguments(anthropicBody(body));
  const reply = body.stream
    ? `with client.messages.stream(\n${call}) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
    message = stream.get_final_message()
print()
`
    : `message = client.messages.create(\n${call})
print("".join(block.text for block in message.content if block.type == "text"))
`;
  const calls = `for block in message.content:
    if block.type == "tool_use":
        print(block.name, block.input)
`;
  const client = pythonClient('anthropic', 'Anthropic', gateway);
  return `${client}${reply}${body.tools === undefined ? '' : calls}`;
}

function anthropicJavaScript(body: ChatBody, gateway: string): string {
  const call = jsLiteral(anthropicBody(body));
  const reply = body.stream
    ? `const stream = client.messages.stream(${call});
stream.on('text', (text) => process.stdout.write(text));
const message = await stream.finalMessage();
console.log();
`
    : `const message = await client.messages.create(${call});
for (const block of message.content) if (block.type === 'text') console.log(block.text);
`;
  const calls = `for (const block of message.content) {
  if (block.type === 'tool_use') console.log(block.name, block.input);
}
`;
  return `${jsClient('@anthropic-ai/sdk', 'Anthropic', gateway)}${reply}${body.tools === undefined ? '' : calls}`;
}

type Fields = Readonly<Record<string, Json>>;

function pythonArguments(body: Fields): string {
  return Object.entries(body)
    .map(([name, value]) => `  ${name}=${pythonLiteral(value, '  ')},\n`)
    .join('');
}

function pythonClient(module: string, name: string, url: string): string {
  return `import os

from ${module} import ${name}

# A gateway that requires no key accepts any text.
client = ${name}(
  base_url=${pythonLiteral(url)},
  api_key=os.environ.get("${KEY_VARIABLE}", "none"),
)

`;
}

function jsClient(module: string, name: string, url: string): string {
  return `import ${name} from '${module}';

// A gateway that requires no key accepts any text.
const client = new ${name}({
  baseURL: ${jsLiteral(url)},
  apiKey: process.env.${KEY_VARIABLE} ?? 'none',
});

`;
}
