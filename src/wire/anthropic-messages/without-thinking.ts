import { ThinkingFilter, withMessages } from '../chat/request/without-thinking.ts';
import type { ScannedRequest } from '../exchange.ts';
import { fieldValue } from '../json/scan.ts';
import { isJsonObject } from '../json/value.ts';

/**
 * Removes thinking blocks whose signature is not in `keptSignatures`; see `Wire.withoutThinking`. A turn without other
 * content is removed, since the API rejects empty turns. `thinking` with a budget is removed too if the last assistant
 * turn calls tools and lost its thinking: the API requires such a turn to begin with thinking (wire case 111).
 */
export function withoutThinking(
  request: ScannedRequest,
  keptSignatures: readonly string[] | null,
): ScannedRequest {
  const filter = new ThinkingFilter(keptSignatures);
  return withMessages(request, keptSignatures, (messages) => {
    const remaining: unknown[] = [];
    let budgetForbidden = false;
    for (const message of messages) {
      if (!isJsonObject(message) || message['role'] !== 'assistant') {
        remaining.push(message);
        continue;
      }
      const content: readonly unknown[] = Array.isArray(message['content']) ? message['content'] : [];
      const stripped = filter.apply(content);
      const lostThinking = stripped.length < content.length;
      budgetForbidden = lostThinking && stripped.some(isCall);
      if (!lostThinking) remaining.push(message);
      else if (stripped.length > 0) remaining.push({ ...message, content: stripped });
    }
    return { messages: remaining, removed: budgetForbidden && hasBudget(request) ? ['thinking'] : [] };
  });
}

function isCall(block: unknown): boolean {
  return isJsonObject(block) && block['type'] === 'tool_use';
}

function hasBudget({ body, fields }: ScannedRequest): boolean {
  const thinking = fieldValue(body, fields, 'thinking');
  return isJsonObject(thinking) && thinking['type'] === 'enabled';
}
