import {
  isJson,
  isName,
  must,
  parseObject,
  sseEvents,
  textOf,
  upstreamId,
  type Json,
  type ReplyContent,
  type TokenCounts,
} from './reply-content.ts';

type Fields = Record<string, unknown>;

const LAST: ReadonlySet<unknown> = new Set(['response.completed', 'response.incomplete']);

/**
 * Reads a Responses stream as openai-node's accumulator does, and refuses what it or Codex throw on or lose: a stream
 * that does not begin with `response.created`, items and parts that were not announced, texts that are not the sum of
 * their deltas, items that are not done, numbers out of sequence, an output at the end that is not what was streamed.
 */
class ResponsesStreamClient {
  readonly #items: Fields[] = [];
  readonly #done: Json[] = [];
  #response: Json | null = null;
  #count = 0;
  #first = 0;

  read(output: string): ReplyContent {
    for (const { event, data } of sseEvents(output)) {
      const value = parseObject(data);
      must(event === value['type'], 'an event whose name is not its type');
      must(this.#response === null, 'an event after the end');
      this.#take(value);
    }
    must(this.#response !== null, 'no last event');
    return responseContent(this.#response);
  }

  #take(event: Json): void {
    const { type, sequence_number: number } = event;
    if (this.#count === 0) {
      must(type === 'response.created', 'a stream that does not begin with response.created');
      this.#first = Number(number);
    }
    must(number === this.#first + this.#count, 'a number out of sequence');
    this.#count += 1;
    if (LAST.has(type)) this.#end(event);
    else if (String(type).startsWith('response.output_item')) this.#item(event);
    else if (String(type).includes('_part.')) this.#part(event);
    else if (/(?:text|refusal|arguments|input)\.(?:delta|done)$/.test(String(type))) this.#text(event);
  }

  #item({ type, item, output_index: at }: Json): void {
    must(isJson(item) && isName(item['id']), 'an item without an id');
    if (type === 'response.output_item.added') {
      must(at === this.#items.length, 'an item whose place is not the next one');
      this.#items.push(structuredClone(item));
      return;
    }
    const grown = this.#items[Number(at)];
    must(grown !== undefined && grown['id'] === item['id'], 'the end of an item that was not announced');
    must(this.#done[Number(at)] === undefined, 'the end of an item twice');
    must(JSON.stringify(textsIn(grown)) === JSON.stringify(textsIn(item)), 'an item with another text');
    this.#done[Number(at)] = item;
  }

  #owner({ output_index: at, item_id: id }: Json): Fields {
    const item = this.#items[Number(at)];
    must(item !== undefined && item['id'] === id, 'an event of an item that was not announced');
    must(this.#done[Number(at)] === undefined, 'an event of an item that is done');
    return item;
  }

  #part(event: Json): void {
    const item = this.#owner(event);
    const { part } = event;
    must(isJson(part), 'no part');
    const [list, at] = placeOf(event);
    const parts = (item[list] ??= []) as Fields[];
    if (String(event['type']).endsWith('.added')) {
      must(at === parts.length, 'a part whose place is not the next one');
      parts.push({ ...part });
    } else
      must(
        JSON.stringify(textsIn({ p: [part] })) === JSON.stringify(textsIn({ p: [parts[at]] })),
        'a part with another text',
      );
  }

  #text(event: Json): void {
    const item = this.#owner(event);
    const [list, at] = placeOf(event);
    const holder = at < 0 ? item : (item[list] as Fields[])[at];
    must(holder !== undefined, 'text of a part that was not announced');
    const type = String(event['type']);
    const key = /arguments/.test(type)
      ? 'arguments'
      : /input/.test(type)
        ? 'input'
        : /refusal/.test(type)
          ? 'refusal'
          : 'text';
    if (type.endsWith('.delta'))
      holder[key] = `${textOf(holder[key], key)}${textOf(event['delta'], 'delta')}`;
    else must(event[key] === holder[key], 'a text that is not the sum of its deltas');
  }

  #end({ type, response }: Json): void {
    must(isJson(response) && isName(response['id']), 'the end without a response');
    must(type === `response.${String(response['status'])}`, 'the end with another status');
    const output = response['output'] as Json[];
    must(output.length === this.#items.length, 'the end with other items');
    for (const [at, item] of output.entries()) {
      must(this.#done[at] !== undefined, 'an item that is not done');
      must(item['id'] === this.#items[at]?.['id'], 'the end with other ids');
      must(
        JSON.stringify(textsIn(item)) === JSON.stringify(textsIn(this.#done[at] ?? {})),
        'the end with another text',
      );
    }
    this.#response = response;
  }
}

function placeOf({ content_index: content, summary_index: summary }: Json): ['content' | 'summary', number] {
  if (typeof summary === 'number') return ['summary', summary];
  return ['content', typeof content === 'number' ? content : -1];
}

/** All that the model wrote in an item. */
function textsIn(item: Json): unknown[] {
  const parts = [item['summary'], item['content'], item['p']].flatMap((list) =>
    Array.isArray(list) ? (list as Json[]) : [],
  );
  return [
    item['arguments'],
    item['input'],
    ...parts.map((part) => [part['type'], part['text'] ?? part['refusal']]),
  ];
}

function responseContent(response: Json): ReplyContent {
  const output = response['output'] as readonly Json[];
  const calls = output.filter(({ type }) => type === 'function_call' || type === 'custom_tool_call');
  for (const { call_id: id, name } of calls) must(isName(id) && isName(name), 'a call without id or name');
  const texts = (type: string, key = 'text'): string[] =>
    output.flatMap((item) =>
      [item['summary'], item['content']]
        .flatMap((list) => (Array.isArray(list) ? (list as Json[]) : []))
        .filter((part) => part['type'] === type)
        .map((part) => textOf(part[key], key)),
    );
  return {
    thinking: [...texts('summary_text'), ...texts('reasoning_text')].join('\n\n'),
    text: texts('output_text').join(''),
    refusal: texts('refusal', 'refusal').join(''),
    calls: calls.map(({ type, name, arguments: args, input }) => ({
      kind: type === 'custom_tool_call' ? 'custom' : 'function',
      name: String(name),
      input: String(args ?? input),
    })),
    callIds: calls.map(({ call_id: id }) => upstreamId(String(id))),
    signatures: output.map((item) => item['encrypted_content']).filter(isName),
    finish: finishOf(response, calls.length > 0),
    usage: usageOf(response['usage']),
  };
}

function finishOf({ status, incomplete_details: details }: Json, hasCalls: boolean): string {
  if (status !== 'incomplete') return hasCalls ? 'tool-calls' : 'stop';
  return isJson(details) && details['reason'] === 'content_filter' ? 'content-filter' : 'length';
}

function usageOf(usage: unknown): TokenCounts | null {
  if (!isJson(usage)) return null;
  return { input: Number(usage['input_tokens']), output: Number(usage['output_tokens']) };
}

/** Reads a Responses stream as it goes to a client. Throws an `UnreadableReply`. */
export function readResponsesStream(output: string): ReplyContent {
  return new ResponsesStreamClient().read(output);
}

/** Reads a whole response. Throws an `UnreadableReply`. */
export function readResponseBody(body: string): ReplyContent {
  const response = parseObject(body);
  must(response['object'] === 'response' && Array.isArray(response['output']), 'no response');
  return responseContent(response);
}
