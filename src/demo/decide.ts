import { generate } from './generate.ts';
import { practiceText, shorten, type PracticeModel } from './practice-models.ts';
import type { PracticeRequest, PracticeTool } from './read-request.ts';

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

/** Shorter words (`get`, `the`) do not distinguish one tool from another. */
const KEYWORD_MIN_LENGTH = 4;

/**
 * Decides a practice model's answer, deterministic for a request: tool calls for a question when tools may be called, a
 * text that repeats the results after tool calls, and generated JSON where JSON is requested.
 */
export function decide(model: PracticeModel, request: PracticeRequest): Decision {
  const question = shorten(request.question);
  const called = chooseTools(request);
  if (called.length > 0) {
    const calls = called.map(({ name, parameters }) => ({
      name,
      arguments: JSON.stringify(generate({ type: 'object', ...parameters }, question)),
    }));
    return { type: 'calls', calls };
  }
  const { format } = request;
  switch (format.type) {
    case 'text':
      return { type: 'text', text: practiceText(model, question, request.results) };
    case 'json_object':
      return { type: 'json', text: JSON.stringify({ practice_model: model.id, question }) };
    case 'json_schema':
      return { type: 'json', text: JSON.stringify(generate(format.schema, question)) };
  }
}

/** A required tool is always called; an optional one is called for a question, and not again after its results. */
function chooseTools({
  tools,
  toolChoice,
  results,
  parallel,
  question,
}: PracticeRequest): readonly PracticeTool[] {
  if (toolChoice.type === 'tool') return tools.filter(({ name }) => name === toolChoice.name).slice(0, 1);
  if (toolChoice.type === 'none' || (toolChoice.type === 'auto' && results.length > 0)) return [];
  const words = wordsIn(question);
  const named = tools.filter(({ name }) => isNamed(name, question, words));
  if (named.length > 0) return parallel ? named : named.slice(0, 1);
  const likely = tools.find(({ description }) => keywords(description).some((word) => words.has(word)));
  return likely === undefined ? tools.slice(0, 1) : [likely];
}

/** Does the question contain the tool's name, or all keywords of it (`weather` for `get_weather`)? */
function isNamed(name: string, question: string, words: ReadonlySet<string>): boolean {
  if (question.includes(name)) return true;
  const own = keywords(name.replace(/([a-z])([A-Z])/g, '$1 $2'));
  return own.length > 0 && own.every((word) => words.has(word));
}

function keywords(text: string): readonly string[] {
  return [...wordsIn(text)].filter((word) => word.length >= KEYWORD_MIN_LENGTH);
}

function wordsIn(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}
