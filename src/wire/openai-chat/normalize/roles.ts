import type { Rule } from './rule.ts';

const ASSISTANT = 'assistant';

/**
 * The role is in the first delta of a choice and nowhere else. Without it openai-node's `.stream()` throws "missing
 * role" and LangChain loses the tools; Ollama repeats it in every chunk. This rule replaces the delta, so it runs last.
 */
export const roleOnce: Rule = {
  name: 'the role once and first',
  cases: [25, 26],
  choice: (choice, delta, state) => {
    const { role } = delta;
    if (state.roleSent) {
      if (role === undefined) return false;
      delta['role'] = undefined;
      return true;
    }
    state.roleSent = true;
    if (role === ASSISTANT) return false;
    const { role: _role, ...others } = delta;
    choice['delta'] = { role: ASSISTANT, ...others };
    return true;
  },
  message: (choice, message) => {
    if (message['role'] === ASSISTANT) return false;
    const { role: _role, ...others } = message;
    choice['message'] = { role: ASSISTANT, ...others };
    return true;
  },
};
