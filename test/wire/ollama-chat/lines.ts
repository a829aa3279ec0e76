import { json } from '../../support/wire.ts';
import type { ScannedRequest, TargetRequest } from '../../../src/wire/exchange.ts';
import { scanFields } from '../../../src/wire/json/scan.ts';
import type { OllamaChatDialect } from '../../../src/wire/ollama-chat/dialect.ts';
import { ollamaType } from '../../../src/providers/ollama/settings.ts';
import type { Endpoint } from '../../../src/wire/wires.ts';

/** The endpoint that the type `ollama` has. */
export const NATIVE: Endpoint & { readonly format: 'ollama-chat' } = (() => {
  const found = ollamaType.settings.endpoints.find(({ format }) => format === 'ollama-chat');
  if (found?.format !== 'ollama-chat') throw new Error('no native endpoint');
  return found;
})();

export const DIALECT: OllamaChatDialect = NATIVE.dialect;

const STAMP = { model: 'm:latest', created_at: '2026-11-29T23:16:09.341121411Z' };

/** A line as Ollama v0.17.4 writes it. */
export function line(message: object, more: object = {}): string {
  return `${JSON.stringify({ ...STAMP, message: { role: 'assistant', content: '', ...message }, done: false, ...more })}\n`;
}

export const COUNTS = {
  prompt_eval_count: 16,
  prompt_eval_duration: 262_316_097,
  eval_count: 8,
  eval_duration: 698_180_686,
};

/** The last line of a stream. */
export function last(reason = 'stop', more: object = COUNTS): string {
  return line(
    {},
    { done: true, done_reason: reason, total_duration: 1_015_781_596, load_duration: 51_277_149, ...more },
  );
}

export const call = (name: string, args: unknown, id?: string): object => ({
  ...(id === undefined ? null : { id }),
  function: { index: 0, name, arguments: args },
});

/** A client's request of `/api/chat` after the read phase. */
export function scanned(body: object | string, stream = true): ScannedRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : json(body);
  return {
    format: 'ollama-chat',
    facts: {
      model: (JSON.parse(bytes.toString()) as { model?: string }).model ?? null,
      kind: 'chat',
      stream,
      estimatedTokens: 7,
      maxOutputTokens: null,
      sizeBytes: bytes.length,
      needs: [],
    },
    body: bytes,
    fields: scanFields(bytes),
    signatures: [],
    hasUnsignedThinking: false,
  };
}

export type Wanted = Partial<TargetRequest>;
