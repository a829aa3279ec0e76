import type { PracticeRequest, PracticeTool } from './read-request.ts';
import { wordsOfName } from './property-names.ts';

/** Shorter words (`get`, `the`) do not distinguish one tool from another. */
const KEYWORD_MIN_LENGTH = 4;
/** A text that names more tools than this at once is rather a list of them than a request. */
const MAX_CALLS = 4;
/** Names of tools that end a turn, which agents offer that always require a call (`final_answer` of smolagents). */
const ENDS_A_TURN =
  /^(?:final|finish|submit|complete|done|answer|respond|attempt_?completion|structured_?output)/i;

/**
 * The tools to call. Nothing but the request decides: `tool_choice`, or a text that names a tool. After the results of
 * calls the model answers in text, whatever the text names. A client that even then requires a call gets one, if
 * possible of a tool that ends the turn, but none of a tool that was called before in this turn, so that no turn is
 * endless.
 */
export function chooseTools(request: PracticeRequest, question: string): readonly PracticeTool[] {
  const { tools, toolChoice, results, called, parallel, begun } = request;
  if (called.length + results.length > 0) return toolsAfterResults(request);
  if (toolChoice.type === 'none') return [];
  if (toolChoice.type === 'tool') return tools.filter(({ name }) => name === toolChoice.name).slice(0, 1);
  // smolagents always requires a call and sends results as the user's text.
  const last = begun && toolChoice.type === 'required' ? tools.find(endsTurn) : undefined;
  if (last !== undefined) return [last];
  const words = new Set(wordsOfName(question));
  const named = tools.filter(({ name }) => isNamed(name, question, words));
  if (named.length > 0) return named.slice(0, parallel ? MAX_CALLS : 1);
  return toolChoice.type === 'required' ? tools.slice(0, 1) : [];
}

function toolsAfterResults({ tools, toolChoice, called }: PracticeRequest): readonly PracticeTool[] {
  const left = tools.filter(({ name }) => !called.includes(name));
  if (toolChoice.type === 'tool') return left.filter(({ name }) => name === toolChoice.name).slice(0, 1);
  if (toolChoice.type !== 'required') return [];
  return [left.find(endsTurn) ?? left[0]].filter((tool) => tool !== undefined);
}

function endsTurn({ name }: PracticeTool): boolean {
  return ENDS_A_TURN.test(name);
}

/** Does the question contain the tool's name as a word, or all keywords of it (`weather` for `get_weather`)? */
function isNamed(name: string, question: string, words: ReadonlySet<string>): boolean {
  if (hasWord(question.toLowerCase(), name.toLowerCase())) return true;
  const own = wordsOfName(name).filter((word) => word.length >= KEYWORD_MIN_LENGTH);
  return own.length > 0 && own.every((word) => words.has(word));
}

/** Not within another word: `ls` is not named by `tools`. */
function hasWord(question: string, name: string): boolean {
  let at = question.indexOf(name);
  while (at >= 0) {
    const around = [question[at - 1] ?? ' ', question[at + name.length] ?? ' '];
    if (!around.some((character) => /[\p{L}\p{N}_]/u.test(character))) return true;
    at = question.indexOf(name, at + 1);
  }
  return false;
}
