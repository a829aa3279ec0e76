import { add, type Bench, cpuOf, type Samples, turn } from './measures.ts';
import { BOTH_WAYS, WIRE_PAIRS, type WireName } from './other-wires.ts';
import { httpRequest, requestBody, type StreamKind } from './payload.ts';
import { canMeasure } from './processes.ts';
import { MODEL, type Subject } from './subjects.ts';

/** A client of one wire and an upstream of another. */
interface WirePair {
  readonly key: string;
  readonly client: Client;
  readonly upstream: Upstream;
}

/** How a client of a wire asks. */
interface Client {
  readonly path: string;
  /** The client's body, of the body of OpenAI's chat wire with this wish to the upstream. */
  readonly body: (chat: ChatBody, wish: string) => object;
}

/** What the upstream answers in, and the model that leads to it. */
interface Upstream {
  readonly kind: StreamKind;
  readonly model: string;
}

interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** Not every wire has a user, so that the wish is in the first message. */
const wished = ({ messages }: ChatBody, wish: string): ChatBody['messages'] =>
  messages.map((message, index) => (index === 0 ? { ...message, content: wish } : message));

const CLIENTS: Readonly<Record<WireName, Client>> = {
  openai: {
    path: '/v1/chat/completions',
    body: (chat, wish) => ({ model: chat.model, messages: wished(chat, wish) }),
  },
  messages: {
    path: '/v1/messages',
    body: ({ model, messages }, wish) => ({
      model,
      max_tokens: 1024,
      system: wish,
      messages: messages.slice(1),
    }),
  },
  responses: {
    path: '/v1/responses',
    body: (chat, wish) => ({ model: chat.model, input: wished(chat, wish) }),
  },
  ollama: {
    path: '/api/chat',
    body: (chat, wish) => ({ model: chat.model, messages: wished(chat, wish) }),
  },
};

const UPSTREAMS: Readonly<Record<WireName, Upstream>> = {
  openai: { kind: 'plain', model: MODEL.guarded },
  messages: { kind: 'messages', model: MODEL.translated },
  responses: { kind: 'responses', model: MODEL.responses },
  ollama: { kind: 'ollama', model: MODEL.ollama },
};

const PAIRS: readonly WirePair[] = WIRE_PAIRS.map(([client, upstream]) => ({
  key: `${client}-${upstream}`,
  client: CLIENTS[client],
  upstream: UPSTREAMS[upstream],
}));

/**
 * CPU time per event and per request of clients and upstreams with different wires. The other proxies do not translate:
 * for the pairs of `BOTH_WAYS` the bare one passes the same upstream's bytes.
 */
export async function wires(bench: Bench, subjects: readonly Subject[]): Promise<Samples> {
  const samples: Samples = {};
  if (!canMeasure) return samples;
  const ways = subjects.flatMap((subject) => pairsOf(subject.name).map((pair) => ({ subject, pair })));
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
        bench.helpers.load({ mode: 'closed', port, request, connections: 64, seconds: windowSeconds / 2 }),
      );
      const micros = window.micros / window.result.completed;
      if (round > 0) add(samples, `cpu-${pair.key}`, subject.name, micros);
    }
  }
  bench.note('other wires');
  return samples;
}

function pairsOf(name: string): readonly WirePair[] {
  if (name === 'laneway' || name === 'before') return PAIRS;
  if (name !== 'bare') return [];
  return PAIRS.filter(({ key }) => BOTH_WAYS.includes(key)).map((pair) => ({
    ...pair,
    client: CLIENTS.openai,
  }));
}

/** `events`: of a stream; null: a whole reply. */
function requestOf({ client, upstream }: WirePair, port: number, events: number | null): Buffer {
  const { kind, model } = upstream;
  const chat = JSON.parse(requestBody(2048, model, null).toString()) as ChatBody;
  const wish = events === null ? `kind=${kind};` : `events=${events};gap=20;kind=${kind};`;
  const whole = { stream: events !== null, ...client.body(chat, wish) };
  return httpRequest(port, Buffer.from(JSON.stringify(whole)), client.path);
}
