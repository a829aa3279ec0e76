/** The row of a provider in the start table. */
export interface ProviderRow {
  readonly name: string;
  readonly baseUrl: string;
  /** `2 models`, `no key: set GROQ_API_KEY`, `refused the connection`. */
  readonly status: string;
  readonly reachable: boolean;
}

/** Where the operator finds the admin token; the token itself is never printed. */
export interface TokenLocation {
  /** `data/admin.token`, or the name of the variable. */
  readonly location: string;
  /** Shell expression for the token: `$(cat data/admin.token)`. */
  readonly shell: string;
  /** Clients of the data plane need it too. */
  readonly forClients: boolean;
}

/** Where the gateway reads its configuration and keeps its state: absolute paths. */
export interface Directories {
  readonly config: string;
  /** Whether it is there; else the shipped configuration is used. */
  readonly configExists: boolean;
  readonly data: string;
  /** The state directory can be written; else the gateway serves without state, and a warning has given the reason. */
  readonly dataUsable: boolean;
}

/** Content of the start table. */
export interface StartReport {
  readonly version: string;
  readonly url: string;
  /** The address of the second port, for Ollama's clients; null: there is none. */
  readonly ollamaUrl: string | null;
  /** Listening on every network of the machine, not only on the address in `url`. */
  readonly allNetworks: boolean;
  readonly providers: readonly ProviderRow[];
  /** The model or lane in the example request. */
  readonly exampleModel: string;
  readonly demo: boolean;
  /** null where no credential is required. */
  readonly token: TokenLocation | null;
  /** The directories in use. Absent: they are not printed. */
  readonly directories?: Directories;
  /** How many warnings the log has so far: they have scrolled away above the table. Absent: none. */
  readonly warnings?: number;
  /** Lines of advice when no provider is reachable; null otherwise. */
  readonly nextStep: readonly string[] | null;
}

/** Replaces control characters by `\ufffd`: names from servers must not control the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

function warningsAbove(count: number): string {
  return count === 1 ? '1 warning is in the log above' : `${count} warnings are in the log above`;
}

function directoryLines(directories: Directories | undefined): string[] {
  if (directories === undefined) return [];
  const { config, configExists, data, dataUsable } = directories;
  const missing = configExists ? '' : ' (not there yet: the shipped configuration is used)';
  const unused = dataUsable ? '' : ' (not used: see the warning above)';
  return [
    `  Configuration:  ${printable(config)}${missing}`,
    `  State:          ${printable(data)}${unused}`,
  ];
}

/** Formats the start table. */
export function startTable(report: StartReport): string {
  const { version, url, ollamaUrl, allNetworks, exampleModel, demo, token, nextStep, warnings = 0 } = report;
  const providers = report.providers.map(({ name, baseUrl, status, reachable }) => ({
    ...{ name: printable(name), baseUrl: printable(baseUrl), status: printable(status), reachable },
  }));
  const nameWidth = Math.max(...providers.map(({ name }) => name.length), 0);
  const urlWidth = Math.max(...providers.map(({ baseUrl }) => baseUrl.length), 0);
  const rows = providers.map(
    ({ name, baseUrl, status, reachable }) =>
      `  ${reachable ? '+' : '-'} ${name.padEnd(nameWidth)}  ${baseUrl.padEnd(urlWidth)}  ${status}`,
  );
  const advice = nextStep === null ? [] : ['', ...nextStep];
  const needsKey = token?.forClients === true;
  return [
    `Laneway ${version}${demo ? ' (demo: practice models, no keys)' : ''} is listening on ${url}${allNetworks ? ' (all networks)' : ''}`,
    '',
    ...rows,
    ...advice,
    ...(warnings === 0 ? [] : ['', `  ${warningsAbove(warnings)}`]),
    '',
    `  OpenAI clients: base URL ${url}/v1, ${needsKey ? 'the admin token as API key' : 'any API key'}`,
    ...(ollamaUrl === null ? [] : [`  Ollama clients: ${ollamaUrl}`]),
    ...(token === null ? [] : [`  Admin token:    ${token.location}`]),
    ...directoryLines(report.directories),
    `  Assignments:    ${url}/api/debug/models`,
    `  Requests:       ${url}/api/debug/requests`,
    '',
    nextStep === null ? 'Try it:' : 'Then try it:',
    `  curl ${url}/v1/chat/completions -H 'content-type: application/json' \\`,
    ...(needsKey ? [`    -H "authorization: Bearer ${token.shell}" \\`] : []),
    `    -d '{"model":"${exampleModel}","messages":[{"role":"user","content":"Say hello."}]}'`,
    '',
  ].join('\n');
}
