import { pino, type Logger } from 'pino';
import { formatLine } from './log-lines.ts';
import { stackOfSources } from './source-maps.ts';

/** Fields redacted in log lines at the top level and two levels below: logs must not contain keys or prompts. */
const REDACTED = [
  'authorization',
  'api_key',
  'apiKey',
  'key',
  'token',
  'headers',
  'body',
  'messages',
  'prompt',
];

/** How the log is written. */
export interface LogStyle {
  /** JSON lines for programs, or lines for people. */
  readonly format: 'json' | 'text';
  /** Colours the lines for people. */
  readonly colors: boolean;
}

/**
 * The style for standard error: what is set, else lines for people on a terminal and JSON elsewhere. Colours only on a
 * terminal that has them, and without `NO_COLOR` (no-color.org).
 */
export function logStyle(
  format: LogStyle['format'] | null,
  isTerminal: boolean,
  variables: Readonly<Record<string, string | undefined>>,
): LogStyle {
  const mayColor = (variables['NO_COLOR'] ?? '') === '' && variables['TERM'] !== 'dumb';
  return { format: format ?? (isTerminal ? 'text' : 'json'), colors: isTerminal && mayColor };
}

/** The log of the process, on standard error; standard output is for the start table. */
export function createLog({ format, colors }: LogStyle): Logger {
  const stderr = pino.destination({ fd: 2, sync: true });
  const lines = { write: (line: string) => stderr.write(formatLine(line, { colors })) };
  return pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: serializeError },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    },
    format === 'json' ? stderr : lines,
  );
}

function serializeError(value: Error): object {
  const error = pino.stdSerializers.err(value);
  return { ...error, stack: stackOfSources(error.stack) };
}
