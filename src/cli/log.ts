import { pino, type Logger } from 'pino';

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

/** The log of the process: JSON lines on standard error; standard output is for people. */
export function createLog(): Logger {
  return pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
