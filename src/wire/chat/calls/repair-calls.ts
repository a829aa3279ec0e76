import type { ChatMessage, Part, TextPart } from '../../../protocol/chat.ts';
import type { WarningList } from '../../warning-list.ts';
import { NO_RESULT, orderCalls, resultHeading, type CallTerms } from './call-order.ts';

const TERMS: CallTerms<Part> = {
  uniqueIds: true,
  resultsFirst: false,
  callId: (part) => (part.type === 'tool-call' ? part.id : null),
  resultId: (part) => (part.type === 'tool-result' ? part.callId : null),
  withId: (part, id) => {
    if (part.type === 'tool-call') return { ...part, id };
    return part.type === 'tool-result' ? { ...part, callId: id } : part;
  },
  missing: (callId) => ({
    type: 'tool-result',
    callId,
    content: [textPart(NO_RESULT)],
    isError: true,
    cache: null,
  }),
  orphan: (part) =>
    part.type === 'tool-result' ? [textPart(resultHeading(part.callId)), ...part.content] : [part],
};

/** The conversation with its calls and results in the order that upstreams accept (`orderCalls`), no id used twice. */
export function repairCalls(messages: readonly ChatMessage[], warnings: WarningList): readonly ChatMessage[] {
  return orderCalls(messages, TERMS, warnings);
}

function textPart(text: string): TextPart {
  return { type: 'text', text, cache: null };
}
