/** How a level of pino is shown, with its colour (ANSI). */
const LEVELS: Readonly<Record<number, readonly [name: string, colour: number]>> = {
  30: ['info', 36],
  40: ['warning', 33],
  50: ['error', 31],
  60: ['error', 31],
};

const DIM = 2;

/** What pino writes as `err`. */
interface LoggedError {
  readonly type?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
}

/**
 * Formats a JSON line of the log for people: time of day, level, message, and the other fields in brackets; the stack of
 * an error follows on lines of its own. Text from servers cannot control the terminal. Other input is returned
 * unchanged.
 */
export function formatLine(json: string, { colors }: { readonly colors: boolean }): string {
  const fields = parse(json);
  if (fields === null) return json;
  const { level, time, msg, err, ...rest } = fields;
  const paint = (text: string, colour: number): string =>
    colors ? `\u001b[${colour}m${text}\u001b[0m` : text;
  const [name, colour] = LEVELS[Number(level)] ?? ['info', 36];
  const named = Object.entries(rest).map(([key, value]) => `${printable(key)}: ${shown(value)}`);
  const details = named.length === 0 ? '' : ` ${paint(`(${named.join(', ')})`, DIM)}`;
  const message = typeof msg === 'string' ? printable(msg) : '';
  const head = `${paint(clock(time), DIM)} ${paint(name.padEnd('warning'.length), colour)} ${message}${details}`;
  return `${[head, ...stackOf(err)].join('\n')}\n`;
}

function parse(json: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

/** `14:05:09`, in local time. */
function clock(time: unknown): string {
  const at = new Date(typeof time === 'string' || typeof time === 'number' ? time : Number.NaN);
  if (Number.isNaN(at.getTime())) return '--:--:--';
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

function shown(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function stackOf(err: unknown): string[] {
  if (typeof err !== 'object' || err === null) return [];
  const { type, message, stack } = err as LoggedError;
  const text = typeof stack === 'string' ? stack : `${String(type)}: ${String(message)}`;
  return text.split('\n').map((line) => `    ${printable(line.trim())}`);
}

/** Replaces control characters, and characters that change the direction of text, by `\ufffd`. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
