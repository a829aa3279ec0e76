import type { EnvironmentDraft } from './draft.ts';
import { quote } from '../faults.ts';
import { variableCase, type PrefixedVariables, type Variable, type Variables } from './variables.ts';

/**
 * Variables of the systems that Laneway replaces. For each one that is set, a note at start reports how it was
 * interpreted.
 */
export const LEGACY_NAMES = [
  'PROVIDER',
  'LLAMACPP_CHAT_MODEL',
  'DEFAULT_OLLAMA_LLM_MODEL',
  'OLLAMA_CHAT_MODEL',
  'DEFAULT_OPENAI_LLM_MODEL',
  'LLAMACPP_MODELS_DIR',
  'OLLAMA_URL',
  'OLLAMA_HOST',
  'LMSTUDIO_URL',
  'HUGGINGFACE_TGI_URL',
] as const;

type LegacyName = (typeof LEGACY_NAMES)[number];

/** Model variables by provider type, strongest first. */
const MODELS: Readonly<Record<string, readonly LegacyName[]>> = {
  llamacpp: ['LLAMACPP_CHAT_MODEL'],
  ollama: ['DEFAULT_OLLAMA_LLM_MODEL', 'OLLAMA_CHAT_MODEL'],
  openai: ['DEFAULT_OPENAI_LLM_MODEL'],
};

/** The models that those systems used when only `PROVIDER` was set. */
const DEFAULT_MODELS: Readonly<Record<string, string>> = {
  llamacpp: 'qwen3-0.6b-q4.gguf',
  ollama: 'llama2:latest',
  openai: 'gpt-3.5-turbo',
};

function read(variables: Variables, name: LegacyName): Variable | undefined {
  const value = variables[name]?.trim() ?? '';
  return value === '' ? undefined : { name, value };
}

function note(draft: EnvironmentDraft, { name }: Variable, text: string): void {
  draft.notes.push(`environment: ${name}: ${text}`);
}

/** Applies addresses and directories; `PROVIDER_<ID>_URL` of the prefixed variables is stronger. */
export function addLegacyAddresses(
  draft: EnvironmentDraft,
  variables: Variables,
  prefixed: PrefixedVariables,
): void {
  const isTaken = (id: string): boolean => prefixed.has(`PROVIDER_${variableCase(id)}_URL`);
  const ollama = { id: draft.firstOfType('ollama') ?? 'ollama', type: 'ollama' };
  const [url, host] = [read(variables, 'OLLAMA_URL'), read(variables, 'OLLAMA_HOST')];
  if (url !== undefined) addServer(draft, url, ollamaAddress(url.value), ollama, isTaken);
  if (host !== undefined && url !== undefined) note(draft, host, 'ignored, because OLLAMA_URL is set');
  else if (host !== undefined) addServer(draft, host, ollamaAddress(host.value), ollama, isTaken);
  for (const [name, id] of [
    ['LMSTUDIO_URL', 'lmstudio'],
    ['HUGGINGFACE_TGI_URL', 'huggingface'],
  ] as const) {
    const variable = read(variables, name);
    if (variable !== undefined)
      addServer(draft, variable, variable.value, { id, type: 'openai_compatible' }, isTaken);
  }
  const directory = read(variables, 'LLAMACPP_MODELS_DIR');
  if (directory === undefined) return;
  const id = draft.firstOfType('llamacpp');
  if (id === null) note(draft, directory, 'ignored, because no provider of type llamacpp is configured');
  else {
    draft.set(id, 'models_dir', directory.value, directory);
    note(draft, directory, `used as models_dir of provider "${id}"`);
  }
}

function addServer(
  draft: EnvironmentDraft,
  variable: Variable,
  url: string,
  { id, type }: { readonly id: string; readonly type: string },
  isTaken: (id: string) => boolean,
): void {
  const existing = draft.atAddress(url);
  if (existing !== null) {
    note(draft, variable, `already the address of provider "${existing}"`);
  } else if (isTaken(id)) {
    note(draft, variable, `ignored, because LANEWAY_PROVIDER_${variableCase(id)}_URL is set`);
  } else {
    if (draft.get(id, 'type') === undefined) draft.set(id, 'type', type, variable);
    draft.setAddress(id, url, variable);
    note(draft, variable, `used as the address of provider "${id}"`);
  }
}

/**
 * Parses an Ollama address in the syntax of `OLLAMA_HOST`: `0.0.0.0`, `:11434`, `host`, `host:port` or a URL. As in
 * Ollama, the default port is 11434 without a scheme, else that of the scheme; a wildcard address becomes 127.0.0.1.
 */
export function ollamaAddress(written: string): string {
  const text = written.replaceAll(/^["']|["']$/g, '').replace(/\/+$/, '');
  const hasScheme = /^https?:\/\//i.test(text);
  const bare = /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f.:]*$/i.test(text) ? `[${text}]` : text;
  const withHost = hasScheme ? text : `http://${bare.startsWith(':') ? `127.0.0.1${bare}` : bare}`;
  const url = URL.parse(withHost);
  // Returned unchanged: the address check reports it later.
  if (url === null) return written;
  if (!hasScheme && !/:\d+$/.test(bare)) url.port = '11434';
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  return url.href.replace(/\/$/, '');
}

/** Applies the single model of legacy systems: first in the default lane, unless that already has a target. */
export function addLegacyModels(draft: EnvironmentDraft, variables: Variables, defaultLane: string): void {
  const chosen = read(variables, 'PROVIDER');
  const kind = chosen === undefined ? onlyKind(variables) : kindOf(chosen.value);
  const isFree = !draft.environmentTargets.has(defaultLane);
  const provider = kind === null ? null : (draft.firstOfType(kind) ?? firstKnown(draft, kind));
  const model = kind === null ? undefined : modelOf(variables, kind);
  const defaultModel = kind === null ? undefined : DEFAULT_MODELS[kind];
  const id = model === undefined ? defaultModel : lastPart(model.value, kind);
  const target =
    id === undefined ? `the only model that ${String(provider)} lists` : `${String(provider)}/${id}`;
  if (isFree && provider !== null) draft.environmentTargets.set(defaultLane, { provider, model: id ?? null });

  const outcome = (variable: Variable): string => {
    if (variable !== chosen && variable.name !== model?.name) {
      if (kind === null) return 'ignored; set PROVIDER to llamacpp, ollama or openai to select a model';
      const isSameKind = MODELS[kind]?.some((name) => name === variable.name) === true;
      return `ignored, because ${isSameKind ? `${model?.name ?? ''} is set` : `PROVIDER is ${kind}`}`;
    }
    if (kind === null) return `ignored, because provider ${quote(variable.value)} is unknown`;
    if (provider === null) return `ignored, because no provider of type ${kind} is configured`;
    if (!isFree) return `ignored, because LANEWAY_ or ARGOS_ variables set the target of lane ${defaultLane}`;
    return `${target} is now the first target of lane ${defaultLane}`;
  };
  for (const name of ['PROVIDER', ...Object.values(MODELS).flat()] as const) {
    const variable = name === 'PROVIDER' ? chosen : read(variables, name);
    if (variable !== undefined) note(draft, variable, outcome(variable));
  }
}

/** Without `PROVIDER` a model is used only if no models of other kinds are set. */
function onlyKind(variables: Variables): string | null {
  const kinds = Object.keys(MODELS).filter((kind) => modelOf(variables, kind) !== undefined);
  return kinds.length === 1 ? (kinds[0] ?? null) : null;
}

function kindOf(written: string): string | null {
  const word = written.toLowerCase().replaceAll(/[^a-z]/g, '');
  return [...Object.keys(MODELS), 'lmstudio', 'huggingface'].find((kind) => kind === word) ?? null;
}

function firstKnown(draft: EnvironmentDraft, id: string): string | null {
  return draft.providerIds.includes(id) ? id : null;
}

function modelOf(variables: Variables, kind: string): Variable | undefined {
  const names = Object.hasOwn(MODELS, kind) ? (MODELS[kind] ?? []) : [];
  return names.map((name) => read(variables, name)).find((variable) => variable !== undefined);
}

/** llama-server names a model after its file; legacy systems used the whole path. */
function lastPart(model: string, kind: string | null): string {
  return kind === 'llamacpp' ? (model.split(/[/\\]/).at(-1) ?? model) : model;
}
