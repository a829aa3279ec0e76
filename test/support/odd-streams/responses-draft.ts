import { callItem, customItem, eventValues, named, type FakeItem } from '../responses-events.ts';
import { streamedCalls, type Script } from './script.ts';

export interface ResponsesEvent {
  type?: unknown;
  item?: Record<string, unknown>;
  response?: Record<string, unknown>;
  part?: Record<string, unknown>;
  [key: string]: unknown;
}

/** A Responses stream that can still be changed: events, and raw text of whole events. */
export class ResponsesDraft {
  items: (ResponsesEvent | string)[];

  constructor(script: Script) {
    const details = { length: 'max_output_tokens', filter: 'content_filter' } as const;
    const isCut = script.finish !== 'natural';
    const changes = {
      id: 'up_1',
      model: 'up-model',
      ...(script.usage ? {} : { usage: null }),
      ...(isCut
        ? { status: 'incomplete', incomplete_details: { reason: details[script.finish as 'length'] } }
        : {}),
    };
    const values = eventValues(outputOf(script), changes);
    this.items = values.map((value, at) => structuredClone({ ...value, sequence_number: at }));
  }

  get parsed(): ResponsesEvent[] {
    return this.items.filter((item) => typeof item !== 'string');
  }

  ending(suffix: string): ResponsesEvent[] {
    return this.parsed.filter(({ type }) => String(type).endsWith(suffix));
  }

  get last(): ResponsesEvent | undefined {
    return this.parsed.find(({ type }) =>
      ['response.completed', 'response.incomplete'].includes(String(type)),
    );
  }

  remove(events: readonly unknown[]): void {
    this.items = this.items.filter((item) => !events.includes(item));
  }

  insertNext(place: ResponsesEvent | undefined, item: ResponsesEvent | string): void {
    const at = place === undefined ? -1 : this.items.indexOf(place);
    this.items.splice(at < 0 ? this.items.length : at + 1, 0, item);
  }

  events(): string[] {
    return this.items.map((item) =>
      typeof item === 'string' ? item : named({ ...item, type: String(item.type) }),
    );
  }
}

function outputOf(script: Script): FakeItem[] {
  const { thinking, text, refusal } = script;
  const parts = [
    ...(text.length === 0
      ? []
      : [{ type: 'output_text', annotations: [], logprobs: [], text: text.join('') }]),
    ...(refusal.length === 0 ? [] : [{ type: 'refusal', refusal: refusal.join('') }]),
  ];
  const reasoning = {
    id: 'up_rs',
    type: 'reasoning',
    encrypted_content: 'up_signed',
    summary: [{ type: 'summary_text', text: thinking.join('') }],
  };
  const message = { id: 'up_msg', type: 'message', status: 'completed', role: 'assistant', content: parts };
  const calls = streamedCalls(script).map(({ name, pieces, custom }, at) => {
    const make = custom ? customItem : callItem;
    return make(name, pieces.join(''), `up_fc_${at}`, `up_call_${at}`);
  });
  return [...(thinking.length > 0 ? [reasoning] : []), ...(parts.length > 0 ? [message] : []), ...calls];
}
