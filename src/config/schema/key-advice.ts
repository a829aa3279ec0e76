import { nearest } from '../../util/nearest.ts';
import { quote, type Path } from '../faults.ts';

/** Request parameters that people write next to `params` instead of inside it. */
const PARAMS = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
  'reasoning_effort',
  'response_format',
  'tool_choice',
  'parallel_tool_calls',
  'logit_bias',
  'verbosity',
];

const MODELS_OF_PROVIDER =
  'the models of a provider are read from its server; name them in a lane as "PROVIDER/MODEL", and describe them under "models" at the top of the file';
const ONE_MODEL =
  'a node has one "model": "PROVIDER/MODEL"; further ones go into "fallbacks", or assign a "lane"';
const ORDER = 'list the models in "preferred"; the order decides, there are no weights';
const MAX_TOKENS = 'did you mean "params.max_tokens"?';
const OLDER =
  'it is of an older role file; "laneway migrate FILE" turns that into lanes, models and providers';
const CONTEXT = 'did you mean "context_length"?';

/** Advice for keys of other systems that similarity of letters would not find, by section; `''` is the top of the file. */
const ADVICE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': {
    default_model: 'did you mean "default_lane"?',
    fallbacks: 'set "cloud_fallback" in a lane, or "fallbacks" in a node or model',
    host: 'set LANEWAY_HOST in the environment or .env',
    port: 'set LANEWAY_PORT in the environment or .env',
    api_key: 'set "api_key" in a provider',
    api_keys: 'set "api_key" in each provider',
    model_list: 'did you mean "models" or "lanes"?',
    role_mappings: OLDER,
    model_profiles: OLDER,
    cloud_providers: OLDER,
  },
  providers: {
    address: 'did you mean "base_url"?',
    api_base: 'did you mean "base_url"?',
    endpoint: 'did you mean "base_url"?',
    host: 'did you mean "base_url"?',
    url: 'did you mean "base_url"?',
    key: 'did you mean "api_key"?',
    api_key_env: 'write "api_key": "env:NAME"',
    token: 'did you mean "api_key"?',
    disabled: 'did you mean "enabled": false?',
    model: MODELS_OF_PROVIDER,
    models: MODELS_OF_PROVIDER,
    timeout: 'time limits are "deadlines" of a lane or of "defaults"',
  },
  lanes: {
    model: 'did you mean "preferred", a list of full model ids?',
    models: 'did you mean "preferred"?',
    targets: 'did you mean "preferred"?',
    fallback: 'did you mean "cloud_fallback"?',
    fallbacks: 'did you mean "cloud_fallback"?',
    name: 'a lane is named by its key; did you mean "description"?',
    timeout: 'did you mean "deadlines.total_s"?',
    weights: ORDER,
    weight: ORDER,
    priority: ORDER,
    strategy: ORDER,
    max_output_tokens: MAX_TOKENS,
  },
  nodes: {
    target: 'did you mean "model" or "lane"?',
    models: ONE_MODEL,
    preferred: ONE_MODEL,
    model_id: 'write "model": "PROVIDER/MODEL"',
    provider: 'write "model": "PROVIDER/MODEL"',
    cloud_fallback: 'did you mean "fallbacks"?',
    max_output_tokens: MAX_TOKENS,
    timeout: 'time limits are "deadlines" of a lane or of "defaults"',
  },
  models: {
    context_window: 'did you mean "capabilities.context_length"?',
    cloud_fallback: 'did you mean "fallbacks"?',
  },
  'models.capabilities': { context_window: CONTEXT, context: CONTEXT, ctx: CONTEXT, num_ctx: CONTEXT },
};

/** What the schema knows about keys at some place. */
export interface KnownKeys {
  readonly keys: readonly string[];
  /** Keys one level deeper: `deadlines.total_s`. */
  readonly nested: readonly string[];
}

/** The message for an unknown key at `path` (without the key): what was probably meant, or else all known keys. */
export function unknownKeyMessage(path: Path, key: string, known: KnownKeys): string {
  return `unknown key; ${adviceFor(path, key, known) ?? `known keys: ${known.keys.join(', ')}`}`;
}

function adviceFor(path: Path, key: string, { keys, nested }: KnownKeys): string | null {
  const word = snakeCase(key);
  const section = ADVICE[path.filter((_, index) => index !== 1).join('.')] ?? {};
  const special = Object.hasOwn(section, word) ? section[word] : undefined;
  if (special !== undefined) return special;
  if (keys.includes(word)) return didYouMean(word);
  const deeper = nested.find((dotted) => dotted.endsWith(`.${word}`));
  if (deeper !== undefined) return didYouMean(deeper);
  const params = keys.includes('params') ? PARAMS : [];
  if (params.includes(word)) return didYouMean(`params.${word}`);
  const [near] = nearest(word, keys, 1);
  if (near !== undefined) return didYouMean(near);
  const [param] = nearest(word, params, 1);
  return param === undefined ? null : didYouMean(`params.${param}`);
}

function didYouMean(key: string): string {
  return `did you mean ${quote(key)}?`;
}

/** `baseURL` and `base-url` as `base_url`. */
function snakeCase(key: string): string {
  return key
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}
