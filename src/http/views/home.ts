/** What the page at `/` shows. */
export interface HomeFacts {
  readonly version: string;
  /** As the reader of the page reaches the gateway: `http://127.0.0.1:4600`. */
  readonly baseUrl: string;
  /** Who needs the gateway's token. */
  readonly keyRequired: { readonly client: boolean; readonly admin: boolean };
  /** The file with the token; null: a variable has it, or the reader must not learn the path. */
  readonly tokenFile: string | null;
}

const TITLE =
  'A gateway for language models: clients name a node or a lane, the operator decides which model answers.';

/** The links of the page, with the words for them. */
const LINKS: readonly (readonly [string, string])[] = [
  ['/docs', 'the API, call by call'],
  ['/v1/models', 'what clients may name as the model'],
  ['/api/debug/models', 'which model serves which node, and how to switch it'],
  ['/api/debug/requests', 'the latest requests, with their attempts'],
  ['/health', 'whether the process is alive'],
  ['/ready', 'whether it can serve requests, or why not'],
];

/** The same page for programs: text. */
export function homeText(facts: HomeFacts): string {
  const links = LINKS.map(([path, words]) => `  ${facts.baseUrl + path}  ${words}`);
  const settings = settingsOf(facts).map(([name, value]) => `  ${name}: ${value}`);
  const parts = [
    `Laneway ${facts.version}`,
    TITLE,
    `To point a client at it:\n${settings.join('\n')}`,
    `Claude Code:\n${indented(claudeCode(facts))}`,
    `A first request:\n${indented(firstRequest(facts))}`,
    `${linksTitle(facts)}:\n${links.join('\n')}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The page for a browser. It loads nothing and has no script; `HOME_STYLE` is its only inline style. */
export function homePage(facts: HomeFacts): string {
  const links = LINKS.map(
    ([path, words]) => `<li><a href="${path}"><code>${path}</code></a> ${escaped(words)}</li>`,
  );
  const settings = settingsOf(facts).map(
    ([name, value]) => `<dt>${escaped(name)}</dt><dd><code>${escaped(value)}</code></dd>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Laneway</title>
<link rel="icon" href="data:,">
<style>${HOME_STYLE}</style>
</head>
<body>
<main>
<h1>Laneway <small>${escaped(facts.version)}</small></h1>
<p>${escaped(TITLE)}</p>
<h2>To point a client at it</h2>
<dl>${settings.join('')}</dl>
<h2>Claude Code</h2>
<pre><code>${escaped(claudeCode(facts))}</code></pre>
<h2>A first request</h2>
<pre><code>${escaped(firstRequest(facts))}</code></pre>
<h2>${escaped(linksTitle(facts))}</h2>
<ul>${links.join('')}</ul>
</main>
</body>
</html>
`;
}

/** The style sheet of the page, to be allowed by its hash. */
export const HOME_STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem; }
h1 { margin: 0; } h1 small { font-size: 1rem; font-weight: normal; opacity: .75; }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: .9em/1.5 ui-monospace, monospace; }
pre { margin: 0; padding: .75rem 1rem; overflow-x: auto; border: 1px solid GrayText; border-radius: .4rem; }
ul { margin: 0; padding-left: 1.25rem; }
a { color: LinkText; }
@media (max-width: 32rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
`;

function settingsOf({ baseUrl, keyRequired, tokenFile }: HomeFacts): readonly (readonly [string, string])[] {
  return [
    ['Base URL of OpenAI clients', `${baseUrl}/v1`],
    ['Base URL of Anthropic clients', baseUrl],
    ['Base URL of Ollama clients', baseUrl],
    ['API key', keyRequired.client ? "the gateway's token" : 'any value'],
    ...(keyRequired.admin ? [['Token', placeOfToken(tokenFile)] as const] : []),
    ['Model', 'auto, or a name from /v1/models'],
  ];
}

function placeOfToken(file: string | null): string {
  return file ?? 'LANEWAY_ADMIN_TOKEN, or admin.token in the state directory on the machine of the gateway';
}

/** A word of a shell line that is the token, in double quotes or inside them; an apostrophe in the path is kept. */
function tokenInShell({ tokenFile }: HomeFacts): string {
  if (tokenFile === null) return '$LANEWAY_ADMIN_TOKEN';
  const isPlain = /^[\w./:-]+$/.test(tokenFile);
  return `$(cat ${isPlain ? tokenFile : `'${tokenFile.replaceAll("'", String.raw`'\''`)}'`})`;
}

function claudeCode(facts: HomeFacts): string {
  const { baseUrl, keyRequired } = facts;
  return [
    `export ANTHROPIC_BASE_URL=${baseUrl}`,
    `export ANTHROPIC_AUTH_TOKEN=${keyRequired.client ? `"${tokenInShell(facts)}"` : 'unused'}`,
    'export ANTHROPIC_MODEL=auto',
    'export ANTHROPIC_DEFAULT_HAIKU_MODEL=auto',
    'claude',
  ].join('\n');
}

function firstRequest(facts: HomeFacts): string {
  const { baseUrl, keyRequired } = facts;
  return [
    `curl -s ${baseUrl}/v1/chat/completions`,
    `  -H 'content-type: application/json'`,
    ...(keyRequired.client ? [`  -H "authorization: Bearer ${tokenInShell(facts)}"`] : []),
    `  -d '{"model":"auto","messages":[{"role":"user","content":"Say hello."}]}'`,
  ].join(' \\\n');
}

function linksTitle({ keyRequired }: HomeFacts): string {
  return keyRequired.admin ? 'Links (all but /health and /ready need the token)' : 'Links';
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
