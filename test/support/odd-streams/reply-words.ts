/**
 * Maps OpenAI's finish reasons to neutral ones. `function_call` is the legacy word for a call. Unknown words have no
 * neutral counterpart: the presence of calls decides, as in the decoder.
 */
export function chatFinish(word: string, hasCalls: boolean): string {
  switch (word) {
    case 'stop':
    case 'length':
      return word;
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls';
    case 'content_filter':
      return 'content-filter';
    default:
      return hasCalls ? 'tool-calls' : 'stop';
  }
}

/** As `chatFinish`, for Anthropic's stop reasons. `stop_sequence` has no neutral counterpart either. */
export function messagesFinish(word: string, hasCalls: boolean): string {
  switch (word) {
    case 'end_turn':
    case 'pause_turn':
      return 'stop';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool-calls';
    case 'refusal':
      return 'content-filter';
    default:
      return hasCalls ? 'tool-calls' : 'stop';
  }
}

/**
 * The input of a Messages tool as JSON text with uniform spacing. A whole message can hold objects only, so any other
 * text is wrapped here in the same way as the assembler wraps it.
 */
export function toolInput(text: string): string {
  if (text.trim() === '') return '{}';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return JSON.stringify({ invalid_json: text });
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return JSON.stringify(isObject ? value : { value });
}

/**
 * The arguments of an OpenAI function. The neutral vocabulary writes `{}` for none. OpenAI's wire keeps the empty text
 * of a call that a limit or a filter cut off before its arguments began; after any other finish it must be `{}` too.
 */
export function functionArguments(text: string, finish: string): string {
  const isCut = finish === 'length' || finish === 'content-filter';
  return isCut && text.trim() === '' ? '{}' : text;
}
