/** What the clients of the table ask, and what the fakes of both wires answer: the same on either, so that it can be compared. */
export const TEXT = 'Hello from the upstream, grüße 😀.';
export const THOUGHT = 'Let me think.';
export const SIGNATURE = 'c2lnLTE=';
export const DONE = 'Done thinking.';
export const TRIP = { title: 'Trip', days: 2 };
export const PICTURE = 'iVBORw0KGgo=';

/** Words in a question that bring an error about. */
export const FAIL_BEFORE = 'fail before the stream';
export const FAIL_WITHIN = 'fail within the stream';
export const REFUSAL = 'That cannot be asked.';
export const BROKE = 'The server broke off.';
/** What a client hears of that: the upstream's own words where its bytes pass, else the gateway's. */
export const BROKEN = /The server broke off|the reply is incomplete/;

export const CALLS = [
  { name: 'get_weather', input: { city: 'Paris' } },
  { name: 'get_time', input: { zone: 'UTC', offset: 1 } },
] as const;

/** As far as a fake looks at one. */
export interface Schema {
  readonly properties?: object;
}

/** The names of an object's properties. */
export function keysOf(schema: Schema | null | undefined): string[] {
  return Object.keys(schema?.properties ?? {});
}

/** What an upstream saw of a request, whatever its wire. */
export interface Seen {
  readonly question: string;
  /** With the properties of their parameters. */
  readonly tools: readonly { readonly name: string; readonly keys: readonly string[] }[];
  readonly results: readonly string[];
  /** Media types. */
  readonly pictures: readonly string[];
  /** The properties of the schema that the answer must have. */
  readonly schema: readonly string[];
  readonly thinks: boolean;
  /** Of thinking that came back. */
  readonly signatures: readonly string[];
}

/** What it says to that. */
export interface Answer {
  readonly thinking: string | null;
  readonly text: string | null;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: object }[];
}

export function answerTo(seen: Seen): Answer {
  const say = (text: string, thinking: string | null = null): Answer => ({ thinking, text, calls: [] });
  if (seen.signatures.length > 0) return say(`Thought before: ${seen.signatures.join(', ')}`);
  if (seen.results.length > 0) return say(`The tools said: ${seen.results.join(', ')}`);
  if (seen.pictures.length > 0) return say(`I see ${seen.pictures.join(', ')}`);
  if (CALLS.every(({ name }) => seen.tools.some((tool) => tool.name === name))) {
    const calls = CALLS.map((call, index) => ({ ...call, id: `call_${index}` }));
    return { thinking: null, text: null, calls };
  }
  if (isTrip(seen.schema)) return say(JSON.stringify(TRIP));
  // Some clients ask for an object of a schema by a tool.
  const form = seen.tools.find(({ keys }) => isTrip(keys));
  if (form !== undefined) {
    return { thinking: null, text: null, calls: [{ id: 'call_0', name: form.name, input: TRIP }] };
  }
  return seen.thinks ? say(DONE, THOUGHT) : say(TEXT);
}

function isTrip(keys: readonly string[]): boolean {
  return Object.keys(TRIP).every((key) => keys.includes(key));
}

/** A text in three pieces. */
export function pieces(text: string): string[] {
  const characters = [...text];
  const size = Math.ceil(characters.length / 3);
  return [0, 1, 2]
    .map((at) => characters.slice(at * size, (at + 1) * size).join(''))
    .filter((piece) => piece !== '');
}
