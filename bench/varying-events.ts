import { DIGITS, varyingChunk } from './payload.ts';

/** Lengths of the padding: OpenAI pads so that the length of an event does not tell the length of its text. */
const PADDINGS = Array.from({ length: 16 }, (_, index) => (index * 7) % 16);

/**
 * Events of which no two are the same: a text of changing length and a time, both of their own. `frame` makes an event's
 * bytes on the wire; each event costs a copy of these and two writes into it.
 */
export function varyingEvents(frame: (text: string) => Buffer): () => Buffer {
  const models = PADDINGS.map((padding) => {
    const bytes = frame(varyingChunk(padding));
    return { bytes, own: bytes.indexOf(DIGITS.own), time: bytes.indexOf(DIGITS.time) };
  });
  let count = 0;
  return () => {
    const model = models[count % models.length];
    if (model === undefined) throw new Error('no event');
    count += 1;
    const event = Buffer.from(model.bytes);
    event.write(count.toString(36).padStart(DIGITS.own.length, 'k'), model.own, 'latin1');
    event.write(String(Number(DIGITS.time) + count), model.time, 'latin1');
    return event;
  };
}
