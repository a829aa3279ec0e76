import type { ChatRequest } from '../../../src/protocol/chat.ts';
import type { Warning, WireFormat } from '../../../src/protocol/wire.ts';
import type { Clock } from '../../../src/util/clock.ts';
import type { Exchange, ScannedRequest, TargetRequest } from '../../../src/wire/exchange.ts';
import { wireOf } from '../../../src/wire/wires.ts';
import { json, openAiEndpoint, openAt, target } from '../../support/wire.ts';

/** The scan of a request of one of Ollama's calls. */
export function scan(body: object | string, format: WireFormat = 'ollama-chat'): ScannedRequest {
  return wireOf(format).scan(typeof body === 'string' ? Buffer.from(body) : json(body));
}

/** What a client's request asks for, in the neutral form. */
export function decoded(
  body: object | string,
  params: Readonly<Record<string, unknown>> = {},
  format: 'ollama-chat' | 'ollama-generate' = 'ollama-chat',
): { readonly request: ChatRequest; readonly warnings: readonly Warning[] } {
  const { codec } = wireOf(format);
  if (codec === null) throw new Error('no codec');
  return codec.decodeRequest(scan(body, format), params) as never;
}

/** Every look at it is 10 ms later. */
function slowClock(): Clock {
  let ms = Date.UTC(2026, 0, 1);
  return { now: () => 0, wall: () => (ms += 10) };
}

/** The exchange of a client's request with a server of OpenAI's chat wire. */
export function toOpenAi(
  body: object,
  wanted: Partial<TargetRequest> = {},
  format: WireFormat = 'ollama-chat',
): Exchange {
  return openAt(scan(body, format), [openAiEndpoint()], target(wanted), slowClock());
}

/** The lines of a stream as JSON. */
export function linesOf(output: string): Record<string, unknown>[] {
  if (!output.endsWith('\n')) throw new Error('the last line is not ended');
  return output
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
