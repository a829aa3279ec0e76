/** One program with one of its configurations in docs/clients.md. */
export interface Program {
  /** Unique: its name in the table of the document. */
  readonly name: string;
  /** Its command, a row of test/support/clients/programs.list. */
  readonly command: string;
  /** Its section of docs/clients.md: the configuration files and the command are taken from there. */
  readonly heading: string;
  /** The role of the block with the command: `program` unless the section has several. */
  readonly role?: string;
  readonly api: Api;
  /** A tool of it that only reads, which the model is to call; null if it offers none. */
  readonly tool: string | null;
  /** Called in the demo instead, whose practice models fill every call with values that change nothing. */
  readonly demoTool?: string;
  /** What keeps it from contacting its vendor, and what a user without a terminal confirms in advance. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The same in files of its own, by path below the home folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Requests that Laneway refuses without harm: `METHOD path status`. */
  readonly refused?: readonly string[];
}

/** An API that programs call. */
export interface Api {
  readonly name: string;
  readonly path: string;
}

const CHAT: Api = { name: 'Chat Completions', path: '/v1/chat/completions' };
const MESSAGES: Api = { name: 'Messages', path: '/v1/messages' };
const RESPONSES: Api = { name: 'Responses', path: '/v1/responses' };

const AIDER_VARIABLES = {
  AIDER_ANALYTICS: 'false',
  AIDER_CHECK_UPDATE: 'false',
  AIDER_SHOW_RELEASE_NOTES: 'false',
  AIDER_GIT: 'false',
  AIDER_YES_ALWAYS: 'true',
  // otherwise it reads the prices of models from the internet
  LITELLM_LOCAL_MODEL_COST_MAP: 'true',
};

/** Every program that is run, in the order of the table. */
export const PROGRAMS: readonly Program[] = [
  {
    name: 'Claude Code',
    command: 'claude',
    heading: '## Claude Code',
    api: MESSAGES,
    tool: 'Read',
    variables: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' },
  },
  {
    name: 'Codex CLI',
    command: 'codex',
    heading: '## Codex CLI',
    api: RESPONSES,
    // reading is a command to it, and those of a small model are not to be carried out
    tool: 'view_image',
    demoTool: 'exec_command',
  },
  {
    name: 'opencode',
    command: 'opencode',
    heading: '## opencode',
    api: CHAT,
    tool: 'read',
    variables: { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' },
  },
  {
    name: "aider, OpenAI's API",
    command: 'aider',
    heading: '## aider',
    api: CHAT,
    tool: null,
    variables: AIDER_VARIABLES,
  },
  {
    name: "aider, Anthropic's API",
    command: 'aider',
    heading: '## aider',
    role: 'program anthropic',
    api: MESSAGES,
    tool: null,
    variables: AIDER_VARIABLES,
  },
  { name: 'llm', command: 'llm', heading: '## llm', api: CHAT, tool: 'llm_version' },
  { name: 'Qwen Code', command: 'qwen', heading: '## Qwen Code', api: CHAT, tool: 'read_file' },
  {
    name: 'pi',
    command: 'pi',
    heading: '## pi',
    api: CHAT,
    tool: 'read',
    variables: { PI_OFFLINE: '1' },
  },
  {
    name: "Copilot CLI, OpenAI's API",
    command: 'copilot',
    heading: '## GitHub Copilot CLI',
    api: CHAT,
    tool: 'view',
  },
  {
    name: "Copilot CLI, Anthropic's API",
    command: 'copilot',
    heading: '## GitHub Copilot CLI',
    role: 'program anthropic',
    api: MESSAGES,
    tool: 'view',
  },
  {
    name: 'Continue',
    command: 'cn',
    heading: '## Continue',
    api: CHAT,
    tool: 'Read',
    variables: { CONTINUE_TELEMETRY_ENABLED: '0' },
  },
  {
    name: 'Cline',
    command: 'cline',
    heading: '## Cline',
    api: CHAT,
    tool: 'read_files',
    // otherwise a background process serves all its sessions, and stays
    variables: { CLINE_SESSION_BACKEND_MODE: 'local' },
    files: {
      '.cline/data/settings/global-settings.json': '{"telemetryOptOut":true,"autoUpdateEnabled":false}',
    },
  },
];
