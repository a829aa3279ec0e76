import { pino, type Logger } from 'pino';

/** Fields that never reach a log line, wherever they stand (reliability S31): logs are no place for keys or prompts. */
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

/** The log of the process: JSON lines on standard error, so that standard output stays for people. */
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
