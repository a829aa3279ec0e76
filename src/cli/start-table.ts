/** One provider as the start table shows it. */
export interface ProviderRow {
  readonly name: string;
  readonly baseUrl: string;
  /** `2 models`, `no key: set GROQ_API_KEY`, `refused the connection`. */
  readonly standing: string;
  readonly reachable: boolean;
}

/** Where the operator finds his token; the token itself is never printed. */
export interface TokenPlace {
  /** `data/admin.token`, or the variable that holds it. */
  readonly place: string;
  /** The same for a shell: `$(cat data/admin.token)`. */
  readonly shell: string;
  /** Clients of the data plane need it too. */
  readonly forClients: boolean;
}

/** What the process tells a person when it has started. */
export interface StartReport {
  readonly version: string;
  readonly url: string;
  /** It listens on every network of the machine, not on this address alone. */
  readonly allNetworks: boolean;
  readonly providers: readonly ProviderRow[];
  /** The model or lane that the curl line asks. */
  readonly ask: string;
  readonly demo: boolean;
  /** null where no credential is required. */
  readonly token: TokenPlace | null;
  /** null when something is reachable; else the lines that say what to do next. */
  readonly nextStep: readonly string[] | null;
}

/** What servers say of themselves must not steer the terminal: line breaks and escape sequences become `\ufffd`. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** The start table as text, ready to print. */
export function startTable(report: StartReport): string {
  const { version, url, allNetworks, ask, demo, token, nextStep } = report;
  const providers = report.providers.map(({ name, baseUrl, standing, reachable }) => ({
    ...{ name: printable(name), baseUrl: printable(baseUrl), standing: printable(standing), reachable },
  }));
  const nameWidth = Math.max(...providers.map(({ name }) => name.length), 0);
  const urlWidth = Math.max(...providers.map(({ baseUrl }) => baseUrl.length), 0);
  const rows = providers.map(
    ({ name, baseUrl, standing, reachable }) =>
      `  ${reachable ? '+' : '-'} ${name.padEnd(nameWidth)}  ${baseUrl.padEnd(urlWidth)}  ${standing}`,
  );
  const advice = nextStep === null ? [] : ['', ...nextStep];
  const needsKey = token?.forClients === true;
  return [
    `Laneway ${version}${demo ? ' (demo: practice models, no keys)' : ''} listens on ${url}${allNetworks ? ' (all networks)' : ''}`,
    '',
    ...rows,
    ...advice,
    '',
    `  OpenAI clients: base URL ${url}/v1, ${needsKey ? 'the admin token as API key' : 'any API key'}`,
    ...(token === null ? [] : [`  Admin token:    ${token.place}`]),
    `  Assignments:    ${url}/api/debug/models`,
    `  Requests:       ${url}/api/debug/requests`,
    '',
    nextStep === null ? 'Try it:' : 'Then try it:',
    `  curl ${url}/v1/chat/completions -H 'content-type: application/json' \\`,
    ...(needsKey ? [`    -H "authorization: Bearer ${token.shell}" \\`] : []),
    `    -d '{"model":"${ask}","messages":[{"role":"user","content":"Say hello."}]}'`,
    '',
  ].join('\n');
}
