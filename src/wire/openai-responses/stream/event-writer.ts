import type { JsonObject } from '../../json/value.ts';

/** Writes the events of one stream with their sequence numbers. */
export class EventWriter {
  #sequence = 0;

  /** An event of the API. Its name is also that of the server-sent event. */
  write(type: string, fields: JsonObject): string {
    return this.writeWith(eventHead(type), JSON.stringify(fields));
  }

  /** As `write`, with the result of `eventHead` and the fields as JSON of an object that is not empty. */
  writeWith(head: string, fields: string): string {
    const sequence = this.#sequence;
    this.#sequence += 1;
    return `${head}"sequence_number":${sequence},${fields.slice(1)}\n\n`;
  }
}

/** The constant beginning of all events of a type. */
export function eventHead(type: string): string {
  return `event: ${type}\ndata: {"type":"${type}",`;
}
