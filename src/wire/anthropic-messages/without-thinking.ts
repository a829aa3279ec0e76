import { ThinkingFilter, withMessages } from '../chat/without-thinking.ts';
import type { ScannedRequest } from '../exchange.ts';
import { fieldValue } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';

/**
 * The request without the blocks of thinking that must go. A turn of nothing else goes as a whole, since the API refuses
 * an empty one. A budget for thinking goes too where the last assistant's turn calls tools and lost its thinking: the
 * API demands that such a turn begins with it (wire case 111).
 */
export function withoutThinking(request: ScannedRequest, kept: readonly string[] | null): ScannedRequest {
  const filter = new ThinkingFilter(kept);
  return withMessages(request, kept, (messages) => {
    const left: unknown[] = [];
    let barredBudget = false;
    for (const message of messages) {
      if (!isJsonObject(message) || message['role'] !== 'assistant') {
        left.push(message);
        continue;
      }
      const content: readonly unknown[] = Array.isArray(message['content']) ? message['content'] : [];
      const stripped = filter.apply(content);
      const hasLost = stripped.length < content.length;
      barredBudget = hasLost && stripped.some(isCall);
      if (!hasLost) left.push(message);
      else if (stripped.length > 0) left.push({ ...message, content: stripped });
    }
    return { messages: left, removed: barredBudget && hasBudget(request) ? ['thinking'] : [] };
  });
}

function isCall(block: unknown): boolean {
  return isJsonObject(block) && block['type'] === 'tool_use';
}

function hasBudget({ body, fields }: ScannedRequest): boolean {
  const thinking = fieldValue(body, fields, 'thinking');
  return isJsonObject(thinking) && thinking['type'] === 'enabled';
}
