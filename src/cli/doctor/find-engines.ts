import { elements, fields, text } from '../../util/json-fields.ts';

/** An engine at a usual port of this machine. */
export interface FoundEngine {
  /** `http://127.0.0.1:8000`. */
  readonly origin: string;
  readonly port: number;
  /** The provider type that fits it. */
  readonly type: 'ollama' | 'llamacpp' | 'vllm' | 'openai_compatible';
  readonly models: number;
}

/** The default ports of Ollama, llama-server, vLLM and LM Studio. */
export const USUAL_PORTS = [11434, 8080, 8000, 1234];

/** Engines of this machine answer at once, or are too busy to be used. */
const ANSWER_MS = 2_000;

/** A list of models is shorter; another program may send anything. */
const MAX_BYTES = 1_000_000;

/** Types by what the servers write into `owned_by`. */
const OWNERS: Readonly<Record<string, FoundEngine['type']>> = {
  library: 'ollama',
  llamacpp: 'llamacpp',
  vllm: 'vllm',
};

/** Looks for engines at these ports of this machine. Never rejects. */
export async function findEngines(ports: readonly number[]): Promise<FoundEngine[]> {
  const found = await Promise.all(ports.map(engineAt));
  return found.filter((engine) => engine !== null);
}

/** The engine at a port; null: there is none. All of them have OpenAI's list of models. */
async function engineAt(port: number): Promise<FoundEngine | null> {
  const origin = `http://127.0.0.1:${port}`;
  try {
    const reply = await fetch(`${origin}/v1/models`, {
      // No socket stays open for a second request.
      headers: { connection: 'close' },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    // A Laneway, perhaps on the port of Ollama.
    const isGateway = reply.headers.get('x-request-id')?.startsWith('req_') === true;
    if (!reply.ok || isGateway) return null;
    const list = fields(JSON.parse(await textOf(reply)) as unknown)['data'];
    // Ollama without any model.
    if (list === null) return { origin, port, type: 'ollama', models: 0 };
    const models = elements(list);
    if (models === null) return null;
    const type = OWNERS[text(fields(models[0])['owned_by']) ?? ''] ?? 'openai_compatible';
    return { origin, port, type, models: models.length };
  } catch {
    return null;
  }
}

async function textOf(reply: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (reply.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString();
}
