import { NODE } from './config.ts';

interface Kind {
  readonly path: string;
  readonly model: string;
  readonly stream: boolean;
}

const CHAT = '/v1/chat/completions';
const MESSAGES = '/v1/messages';

const PLAIN: Kind = { path: CHAT, model: NODE.openAi, stream: false };

/** What clients send, most frequent first; pass-through on both wires, and one translation. */
const KINDS: readonly Kind[] = [
  PLAIN,
  { path: CHAT, model: NODE.openAi, stream: true },
  PLAIN,
  { path: MESSAGES, model: NODE.anthropic, stream: false },
  PLAIN,
  { path: MESSAGES, model: NODE.anthropic, stream: true },
  PLAIN,
  { path: MESSAGES, model: NODE.openAi, stream: true },
];

const LINE = 'const answer = lookup("the lazy dog");\n';

/** A conversation of about 2 KB, as a client sends it. */
const CONVERSATION = [12, 4, 14, 4, 12].map((lines, index) => ({
  role: index % 2 === 0 ? 'user' : 'assistant',
  content: LINE.repeat(lines),
}));

/** The bytes of one request of each kind, in the order in which they are sent, again and again. */
export function warmUpRequests(port: number, token: string | null): Buffer[] {
  return KINDS.map((kind) => requestBytes(kind, port, token));
}

function requestBytes({ path, model, stream }: Kind, port: number, token: string | null): Buffer {
  const fields = path === MESSAGES ? { max_tokens: 1024 } : { temperature: 0.7 };
  const body = JSON.stringify({ model, ...fields, ...(stream && { stream }), messages: CONVERSATION });
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    'accept: application/json',
    ...(token === null ? [] : [`authorization: Bearer ${token}`]),
    'user-agent: laneway',
    `content-length: ${body.length}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
