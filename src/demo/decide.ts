import { chooseTools } from './choose-tools.ts';
import { generate } from './generate.ts';
import { practiceText, shorten, type PracticeModel } from './practice-models.ts';
import type { PracticeRequest } from './read-request.ts';

/** What a practice model answers: text, JSON, or calls. */
export type Decision =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'json'; readonly text: string }
  | { readonly type: 'calls'; readonly calls: readonly PracticeCall[] };

/** One call of a tool. */
export interface PracticeCall {
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/**
 * Decides a practice model's answer, deterministic for a request: tool calls where the request asks for them, a text that
 * repeats the results after tool calls, and generated JSON where JSON is requested. Calls and JSON contain nothing of the
 * user's text: clients act on them.
 */
export function decide(model: PracticeModel, request: PracticeRequest): Decision {
  const question = shorten(request.question);
  const called = chooseTools(request, question);
  if (called.length > 0) {
    const calls = called.map(({ name, parameters }) => ({
      name,
      arguments: JSON.stringify(generate({ type: 'object', ...parameters })),
    }));
    return { type: 'calls', calls };
  }
  const { format } = request;
  switch (format.type) {
    case 'text':
      return { type: 'text', text: practiceText(model, question, request.results) };
    case 'json_object':
      return { type: 'json', text: JSON.stringify({ practice_model: model.id }) };
    case 'json_schema':
      return { type: 'json', text: JSON.stringify(generate(format.schema)) };
  }
}
