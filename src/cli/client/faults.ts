import { CommandFault, EXIT } from '../exit-codes.ts';
import { spanText } from '../../util/span-text.ts';

const NAME_ADDRESS = 'name its address with --url or LANEWAY_URL';

/** The fault (6) of a call that no gateway answers. */
export function noAnswer(url: string, error: unknown, timeoutMs: number): CommandFault {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new CommandFault(
      EXIT.noGateway,
      `the gateway at ${url} did not answer within ${spanText(timeoutMs)}: try again, or look at its log`,
    );
  }
  return new CommandFault(
    EXIT.noGateway,
    `no gateway answers at ${url} (${reasonOf(error)}): start one with npm start or laneway start, or ${NAME_ADDRESS}`,
  );
}

/** The fault (6) of a reply that no gateway sends. */
export function strangeReply(url: string): CommandFault {
  return new CommandFault(EXIT.noGateway, `what answers at ${url} is not a Laneway gateway: ${NAME_ADDRESS}`);
}

/** The fault (1) of a call that the gateway refused, with its message; 6 when it is not a gateway's reply. */
export function refusalFault(url: string, status: number, text: string, hasToken: boolean): CommandFault {
  const error = errorOf(text);
  if (error === null) return strangeReply(url);
  if (status === 401) {
    const what = hasToken ? 'refuses the token' : 'requires its admin token';
    return new CommandFault(
      EXIT.no,
      `the gateway at ${url} ${what}: give the right one with --token or LANEWAY_ADMIN_TOKEN (it is in admin.token of its state directory unless LANEWAY_ADMIN_TOKEN was set there)`,
    );
  }
  if (status === 403) {
    return new CommandFault(
      EXIT.no,
      `the gateway at ${url} refuses the call: ${error}; the admin token, with --token or LANEWAY_ADMIN_TOKEN, may be missing`,
    );
  }
  return new CommandFault(EXIT.no, asCommands(error));
}

/** What a message advises to send, and the command or option that sends it. */
const COMMANDS: readonly (readonly [string, string])[] = [
  ['"force": true', '--force'],
  ['?force=1', '--force'],
  ['POST /api/profiles/deactivate', 'laneway profiles deactivate'],
  ['POST /api/v1/llm/providers', 'laneway providers add'],
  ['PATCH /api/v1/llm/providers/', 'laneway providers update '],
  ['GET /v1/models lists the names', 'laneway models lists the names'],
  [' with "enabled": false', ' --disable'],
  ['change it with PUT, or import it with ?overwrite=1', 'replace it with --overwrite'],
  ['?overwrite=1', '--overwrite'],
];

/** A message of the API in the words of the command line. */
export function asCommands(message: string): string {
  return COMMANDS.reduce((text, [call, command]) => text.replaceAll(call, command), message);
}

/** The message in the body of an error; null when there is none. */
function errorOf(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message : null;
  } catch {
    return null;
  }
}

/** `ECONNREFUSED` of a failed fetch, whose own message is only "fetch failed". */
function reasonOf(error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
    if (each.cause === undefined) return each.message;
  }
  return 'unknown error';
}
