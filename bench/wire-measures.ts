import { add, type Bench, cpuOf, type Samples, turn } from './measures.ts';
import { httpRequest, requestBody, type StreamKind } from './payload.ts';
import { canMeasure } from './processes.ts';
import { MODEL, type Subject } from './subjects.ts';

/** A client of one wire and an upstream of another. */
interface WirePair {
  readonly key: string;
  /** What the upstream answers in. */
  readonly kind: StreamKind;
  readonly model: string;
  readonly path: string;
  /** The client's body, of the body of OpenAI's chat wire with this wish to the upstream. */
  readonly body: (chat: ChatBody, wish: string) => object;
}

interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** Not every wire has a user, so that the wish is in the first message. */
const wished = ({ messages }: ChatBody, wish: string): ChatBody['messages'] =>
  messages.map((message, index) => (index === 0 ? { ...message, content: wish } : message));

const openAi: WirePair['body'] = (chat, wish) => ({ model: chat.model, messages: wished(chat, wish) });

const PAIRS: readonly WirePair[] = [
  {
    key: 'openai-responses',
    kind: 'responses',
    model: MODEL.responses,
    path: '/v1/chat/completions',
    body: openAi,
  },
  {
    key: 'openai-ollama',
    kind: 'ollama',
    model: MODEL.ollama,
    path: '/v1/chat/completions',
    body: openAi,
  },
  {
    key: 'responses-openai',
    kind: 'plain',
    model: MODEL.guarded,
    path: '/v1/responses',
    body: (chat, wish) => ({ model: chat.model, input: wished(chat, wish) }),
  },
  {
    key: 'ollama-openai',
    kind: 'plain',
    model: MODEL.guarded,
    path: '/api/chat',
    body: openAi,
  },
];

/**
 * CPU time per event and per request of clients and upstreams with different wires. Only of Laneway: no other proxy
 * translates.
 */
export async function wires(bench: Bench, subjects: readonly Subject[]): Promise<Samples> {
  const samples: Samples = {};
  if (!canMeasure) return samples;
  const translating = subjects.filter(({ name }) => name === 'laneway' || name === 'before');
  const ways = translating.flatMap((subject) => PAIRS.map((pair) => ({ subject, pair })));
  const { streamRounds, streamEvents, windows, windowSeconds } = bench.effort;
  // the first round warms up and does not count
  for (let round = 0; round <= streamRounds; round += 1) {
    for (const { subject, pair } of turn(ways, round)) {
      const request = requestOf(pair, subject.port, streamEvents);
      const window = await cpuOf(subject, () =>
        bench.helpers.load({ mode: 'streams', port: subject.port, request, streams: 50, overMs: 200 }),
      );
      const micros = window.micros / (window.result.completed * streamEvents);
      if (round > 0) add(samples, `event-${pair.key}`, subject.name, micros);
    }
  }
  for (let round = 0; round <= windows; round += 1) {
    for (const { subject, pair } of turn(ways, round)) {
      const { port } = subject;
      const request = requestOf(pair, port, null);
      const window = await cpuOf(subject, () =>
        bench.helpers.load({ mode: 'closed', port, request, connections: 64, seconds: windowSeconds }),
      );
      const micros = window.micros / window.result.completed;
      if (round > 0) add(samples, `cpu-${pair.key}`, subject.name, micros);
    }
  }
  bench.note('other wires');
  return samples;
}

/** `events`: of a stream; null: a whole reply. */
function requestOf({ kind, model, path, body }: WirePair, port: number, events: number | null): Buffer {
  const chat = JSON.parse(requestBody(2048, model, null).toString()) as ChatBody;
  const wish = events === null ? `kind=${kind};` : `events=${events};gap=20;kind=${kind};`;
  const whole = { stream: events !== null, ...body(chat, wish) };
  return httpRequest(port, Buffer.from(JSON.stringify(whole)), path);
}
