import { Command } from 'commander';
import type { GatewayClient } from '../client/gateway-client.ts';
import type { FoundToken } from '../client/token.ts';
import { withExamples } from '../examples.ts';
import type { Output } from '../output/output.ts';
import type { CommandPorts } from '../ports.ts';
import { openSession } from '../session.ts';

/** Who may call the gateway. A token is never part of it. */
interface KeysReport {
  readonly url: string;
  readonly admin_token: {
    /** The gateway's own API requires it. */
    readonly required: boolean;
    /** `--token`, `LANEWAY_ADMIN_TOKEN`, or the path of its file; null: none was found, and none is required. */
    readonly source: string | null;
    readonly scopes: readonly string[];
  };
  /** Requests of clients to `/v1` need a key: until there are client keys, the admin token. */
  readonly clients_need_key: boolean;
  readonly keys: readonly unknown[];
}

/** `laneway keys`: which key a gateway requires, and where that is; never the key itself. */
export function keysCommand(ports: CommandPorts): Command {
  const command = new Command('keys')
    .summary('which key the gateway requires, and where it is')
    .description(
      'show whether the gateway requires a key, where the key comes from and how to send it; the key itself is never shown; exit 1: one is required, and the right one was not found',
    )
    .action(async () => {
      const { client, out, token } = openSession(command, ports);
      const bare = client.withoutToken();
      const [required, needKey] = [await refuses(bare, '/api/keys'), await refuses(bare, '/v1/models')];
      const { keys } = await client.get<Pick<KeysReport, 'keys'>>('/api/keys');
      const source = token?.source ?? null;
      const report: KeysReport = {
        url: client.url,
        admin_token: { required, source, scopes: ['client', 'admin'] },
        clients_need_key: needKey,
        keys,
      };
      out.result(report, (shown) => keysLines(shown, token, out));
    });
  return withExamples(command, 'laneway keys');
}

/** Whether a call without a token is refused. */
async function refuses(client: GatewayClient, path: string): Promise<boolean> {
  const reply = await client.call<object>({ path, alsoOk: [401, 403] });
  return 'error' in reply;
}

function keysLines(report: KeysReport, token: FoundToken | null, out: Output): string[] {
  const { required, source } = report.admin_token;
  const rows = required ? requiredRows(report) : openRows(report.url, source);
  const lines = rows.flatMap(([title, text]) => {
    const [first = '', ...rest] = out.paragraph(text, ' '.repeat(TITLE_WIDTH));
    return [`${out.colors.title(title)}${first.slice(title.length)}`, ...rest];
  });
  if (!required) return lines;
  // A whole line, to be copied.
  return [
    ...lines,
    '',
    `  curl -H "authorization: Bearer ${token?.shell ?? 'TOKEN'}" ${report.url}/v1/models`,
  ];
}

const TITLE_WIDTH = 15;

type Row = readonly [title: string, text: string];

function requiredRows({ url, admin_token: { source }, clients_need_key: needKey, keys }: KeysReport): Row[] {
  return [
    ['admin token', `required by ${url}; the one of ${source ?? '--token'} is accepted`],
    ['scopes', 'all: it may use models (/v1) and control the gateway (/api)'],
    ['clients', needKey ? 'need it for /v1, too: as their API key' : 'need no key for /v1'],
    ['client keys', `${keys.length}: client keys are not available yet`],
  ];
}

function openRows(url: string, source: string | null): Row[] {
  const ignored = source === null ? '' : `; the one of ${source} is ignored`;
  return [
    ['admin token', `not required by ${url}${ignored}`],
    ['scopes', 'all: every program that reaches it may use models (/v1) and control the gateway (/api)'],
    ['clients', 'need no key; if theirs insists on one, any text will do'],
    ['to require it', 'set LANEWAY_ADMIN_TOKEN for the gateway and restart it'],
  ];
}
