import { filledString } from '../../json/value.ts';
import type { MutableJson, Rule } from './rule.ts';

/**
 * vLLM, Groq and Ollama say `reasoning`; Zed and LangChain read `reasoning_content` alone, and aider looks no further
 * where that is null. The upstream's own key stays beside it, for groq-sdk; the AI SDK takes one of them and does not
 * double it.
 */
export const reasoningContent: Rule = {
  name: 'reasoning as reasoning_content',
  cases: [143, 144],
  choice: (_choice, delta) => copyReasoning(delta),
  message: (_choice, message) => copyReasoning(message),
};

function copyReasoning(delta: MutableJson): boolean {
  const reasoning = filledString(delta['reasoning']);
  if (reasoning === null || filledString(delta['reasoning_content']) !== null) return false;
  delta['reasoning_content'] = reasoning;
  return true;
}
