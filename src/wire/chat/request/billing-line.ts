import type { ChatMessage, Part } from '../../../protocol/chat.ts';

/**
 * The start of the line that Claude Code puts before its system prompt. Its hash differs in every request, so that no
 * prefix cache of another vendor ever hits (vllm-project/vllm#36829, anthropics/claude-code#68900).
 */
export const BILLING_LINE = 'x-anthropic-billing-header:';

/** Does the text start with the billing line, apart from white space? */
function hasBillingLine(text: string): boolean {
  return text.trimStart().startsWith(BILLING_LINE);
}

/** System text without the billing line that it starts with; what follows the line stays as it is. */
export function withoutBillingLine(text: string): string {
  if (!hasBillingLine(text)) return text;
  const line = text.trimStart();
  const end = line.indexOf('\n');
  return end < 0 ? '' : line.slice(end + 1).trimStart();
}

/**
 * The conversation without the billing line, for upstreams that are not Anthropic, to which it means nothing (so there
 * is no warning). The same list if there is none.
 */
export function withoutBilling(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (!messages.some(({ role, parts }) => role === 'system' && parts.some(isBilling))) return messages;
  return messages
    .map((turn) => (turn.role === 'system' ? { ...turn, parts: turn.parts.flatMap(cleanPart) } : turn))
    .filter(({ parts }) => parts.length > 0);
}

function isBilling(part: Part): boolean {
  return part.type === 'text' && hasBillingLine(part.text);
}

function cleanPart(part: Part): Part[] {
  if (part.type !== 'text') return [part];
  const text = withoutBillingLine(part.text);
  return text === '' ? [] : [{ ...part, text }];
}
