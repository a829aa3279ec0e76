import { describe, expect, it } from 'vitest';
import { faultLines, type Files } from './files.ts';

/**
 * Mistakes that people make in their first configuration. Each must be reported as one line that has the file, the place
 * and every one of these words.
 */
interface Mistake {
  readonly files: Files;
  /** The start of the line: file and place. */
  readonly at: string;
  readonly words: readonly string[];
}

const providers = {
  ollama: { type: 'ollama' },
  openai: { type: 'openai', api_key: 'env:OPENAI_API_KEY' },
  xai: { type: 'custom', name: 'xAI', base_url: 'https://api.x.ai/v1' },
};
const server = (base_url: string): Files => ({
  models: { providers: { box: { type: 'openai_compatible', base_url } } },
});
const lane = (coder: object): Files => ({ models: { providers, lanes: { coder } } });
const node = (judge: unknown): Files => ({ models: { providers, lanes: { coder: {} }, nodes: { judge } } });
const provider = (values: object): Files => ({
  models: { providers: { openai: { type: 'openai', ...values } } },
});
const key = (api_key: string): Files => provider({ api_key });
const utf16 = (text: string): Uint8Array =>
  new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]));

const MODELS = 'config/models.json: ';
const MISTAKES: Readonly<Record<string, Mistake>> = {
  'a trailing comma': {
    files: { models: '{\n  "lanes": {},\n}' },
    at: `${MODELS}line 3, column 1`,
    words: ['trailing comma', 'remove'],
  },
  'a comment in JSON': {
    files: { models: '{\n  // mine\n}' },
    at: `${MODELS}line 2, column 3`,
    words: ['comments', 'models.yaml'],
  },
  'a word of Python': {
    files: { models: '{ "runtime_switching": True }' },
    at: `${MODELS}line 1, column 24`,
    words: ['true', 'True'],
  },
  'an empty file': { files: { models: '' }, at: MODELS, words: ['empty', '{}'] },
  'a bracket that is not closed': {
    files: { models: '{ "lanes": {' },
    at: `${MODELS}line 1`,
    words: ['end of file', 'bracket', 'not closed'],
  },
  'a duplicate key': {
    files: { models: '{\n  "lanes": {},\n  "lanes": {}\n}' },
    at: `${MODELS}line 3, column 3`,
    words: ['duplicate key "lanes"', 'keep one'],
  },
  'a tab in YAML': {
    files: { yaml: 'lanes:\n\tcoder: {}\n' },
    at: 'config/models.yaml: line 2, column 1',
    words: ['tabs', 'spaces'],
  },
  'a file in UTF-16': { files: { models: utf16('{}') }, at: MODELS, words: ['UTF-16', 'save it as UTF-8'] },
  'a file in Latin-1': {
    files: { models: new Uint8Array([0x7b, 0xfc, 0x7d]) },
    at: MODELS,
    words: ['not UTF-8', 'save it as UTF-8'],
  },
  'a byte order mark is no mistake: the fault after it is found': {
    files: { models: new Uint8Array(Buffer.from('\ufeff{ "lanez": {} }')) },
    at: `${MODELS}lanez`,
    words: ['did you mean "lanes"?'],
  },
  'a list where a section has entries by name': {
    files: { models: { providers: [{ type: 'ollama' }] } },
    at: `${MODELS}providers`,
    words: ['must be an object, not a list', '"type"', '"base_url"'],
  },
  'a model instead of a list of models': {
    files: lane({ preferred: 'ollama/x:1b' }),
    at: `${MODELS}lanes.coder.preferred`,
    words: ['must be a list', 'brackets'],
  },
  'a boolean in quotes': {
    files: provider({ enabled: 'false' }),
    at: `${MODELS}providers.openai.enabled`,
    words: ['true or false', 'without quotes'],
  },
  'a node that is only a model id': {
    files: node('ollama/x:1b'),
    at: `${MODELS}nodes.judge`,
    words: ['must be an object', '"model": "PROVIDER/MODEL"', '"lane"'],
  },
  'a literal key': {
    files: key('sk-fake'),
    at: `${MODELS}providers.openai.api_key`,
    words: ['must not be stored in files', 'env:OPENAI_API_KEY'],
  },
  'a key as a shell variable': {
    files: key('${MY_OPENAI_KEY}'),
    at: `${MODELS}providers.openai.api_key`,
    words: ['"env:MY_OPENAI_KEY"'],
  },
  'ENV: in capitals': {
    files: key('ENV:MY_KEY'),
    at: `${MODELS}providers.openai.api_key`,
    words: ['"env:MY_KEY"'],
  },
  'a misspelt provider id in an overlay': {
    files: { user: { providers: { olama: { base_url: 'http://127.0.0.1:1' } } } },
    at: 'config/user_models.json: providers.olama.type',
    words: ['missing', 'known types', 'did you mean provider "ollama"?'],
  },
  'provider in place of providers: what refers to them is no further fault': {
    files: {
      models: {
        provider: providers,
        lanes: { coder: { preferred: ['ollama/x:1b'] } },
        nodes: { judge: { model: 'openai/x' } },
      },
    },
    at: `${MODELS}provider`,
    words: ['did you mean "providers"?'],
  },
  'lane in place of lanes: what refers to them is no further fault': {
    files: {
      models: {
        lane: { coder: {} },
        default_lane: 'coder',
        aliases: { x: 'coder' },
        nodes: { judge: { lane: 'coder' } },
      },
    },
    at: `${MODELS}lane`,
    words: ['did you mean "lanes"?'],
  },
  'a duration with a unit': {
    files: lane({ deadlines: { first_token_s: '30s' } }),
    at: `${MODELS}lanes.coder.deadlines.first_token_s`,
    words: ['must be a number', 'number of seconds: 30'],
  },
  'a duration in milliseconds': {
    files: lane({ deadlines: { connect_s: '500ms' } }),
    at: `${MODELS}lanes.coder.deadlines.connect_s`,
    words: ['number of seconds: 0.5'],
  },
  'objects in a list of models': {
    files: lane({ preferred: [{ model: 'ollama/x:1b', weight: 1 }] }),
    at: `${MODELS}lanes.coder.preferred[0]`,
    words: ['must be a string, not an object', 'write "ollama/x:1b"', 'the order decides'],
  },
  'models with weights': {
    files: lane({ preferred: { 'ollama/x:1b': 0.7 } }),
    at: `${MODELS}lanes.coder.preferred`,
    words: ['must be a list', '["ollama/x:1b", …]', 'the order decides'],
  },
  'weights of a lane': {
    files: lane({ weights: { 'ollama/x:1b': 1 } }),
    at: `${MODELS}lanes.coder.weights`,
    words: ['"preferred"', 'the order decides'],
  },
  'a port out of range': {
    files: server('http://127.0.0.1:99999/v1'),
    at: `${MODELS}providers.box.base_url`,
    words: ['not a valid URL', 'at most 65535'],
  },
  'an address that cannot be read': {
    files: server('http://my server/v1'),
    at: `${MODELS}providers.box.base_url`,
    words: ['not a valid URL', 'https://host/v1'],
  },
  'a space after env:': {
    files: key('env: MY_OPENAI_KEY'),
    at: `${MODELS}providers.openai.api_key`,
    words: ['"env:MY_OPENAI_KEY"'],
  },
  'camel case: apiKey': {
    files: provider({ apiKey: 'env:X' }),
    at: `${MODELS}providers.openai.apiKey`,
    words: ['"api_key"'],
  },
  'camel case: baseURL': {
    files: provider({ baseURL: 'https://x.example/v1' }),
    at: `${MODELS}providers.openai.baseURL`,
    words: ['"base_url"'],
  },
  'camel case: baseUrl': {
    files: provider({ baseUrl: 'https://x.example/v1' }),
    at: `${MODELS}providers.openai.baseUrl`,
    words: ['"base_url"'],
  },
  url: { files: provider({ url: 'x' }), at: `${MODELS}providers.openai.url`, words: ['"base_url"'] },
  endpoint: {
    files: provider({ endpoint: 'x' }),
    at: `${MODELS}providers.openai.endpoint`,
    words: ['"base_url"'],
  },
  'models of a provider as a list': {
    files: provider({ models: ['gpt-4o'] }),
    at: `${MODELS}providers.openai.models`,
    words: ['read from its server', 'lane', '"PROVIDER/MODEL"'],
  },
  'http for a cloud address': {
    files: server('http://api.example/v1'),
    at: `${MODELS}providers.box.base_url`,
    words: ['https:', '"local": true'],
  },
  'an address with /chat/completions': {
    files: server('https://api.example/v1/chat/completions'),
    at: `${MODELS}providers.box.base_url`,
    words: ['path of an endpoint', 'https://host/v1'],
  },
  'an address with /models': {
    files: server('https://api.example/v1/models'),
    at: `${MODELS}providers.box.base_url`,
    words: ['path of an endpoint'],
  },
  'an address without http://': {
    files: server('localhost:1234/v1'),
    at: `${MODELS}providers.box.base_url`,
    words: ['http://'],
  },
  'a key in the address': {
    files: server('https://api.example/v1?key=fake'),
    at: `${MODELS}providers.box.base_url`,
    words: ['query', 'api_key', 'env:NAME'],
  },
  'a vendor as a type': {
    files: { models: { providers: { x: { type: 'somevendor' } } } },
    at: `${MODELS}providers.x.type`,
    words: ['unknown type', '"openai_compatible"', 'base_url', 'known: openai'],
  },
  'a provider without its type': {
    files: { models: { providers: { openai: { enabled: true } } } },
    at: `${MODELS}providers.openai.type`,
    words: ['missing', 'write "type": "openai"'],
  },
  'a server without its address': {
    files: { models: { providers: { x: { type: 'custom' } } } },
    at: `${MODELS}providers.x.base_url`,
    words: ['missing', 'https://host/v1'],
  },
  'a model id without its provider': {
    files: lane({ preferred: ['gpt-4o'] }),
    at: `${MODELS}lanes.coder.preferred[0]`,
    words: ['provider/model', 'ollama, openai, xai'],
  },
  'a colon instead of a slash': {
    files: lane({ preferred: ['ollama:mistral'] }),
    at: `${MODELS}lanes.coder.preferred[0]`,
    words: ['did you mean "ollama/mistral:latest"?'],
  },
  'a colon instead of a slash, for a cloud': {
    files: node({ model: 'openai:gpt-4o' }),
    at: `${MODELS}nodes.judge.model`,
    words: ['did you mean "openai/gpt-4o"?'],
  },
  'a provider in another case': {
    files: node({ model: 'OpenAI/gpt-4o' }),
    at: `${MODELS}nodes.judge.model`,
    words: ['unknown provider "OpenAI"', '"openai"'],
  },
  'a provider by its display name': {
    files: node({ model: 'xAI/grok' }),
    at: `${MODELS}nodes.judge.model`,
    words: ['did you mean "xai/grok"?'],
  },
  'a model by its display name': {
    files: {
      models: {
        providers,
        models: { 'openai/gpt-4o': { name: 'Big Omni' } },
        nodes: { judge: { model: 'Big Omni' } },
      },
    },
    at: `${MODELS}nodes.judge.model`,
    words: ['did you mean "openai/gpt-4o"?'],
  },
  'a parameter directly on a lane': {
    files: lane({ temperature: 0.2 }),
    at: `${MODELS}lanes.coder.temperature`,
    words: ['"params.temperature"'],
  },
  'a misspelt parameter directly on a node': {
    files: node({ lane: 'coder', temprature: 1 }),
    at: `${MODELS}nodes.judge.temprature`,
    words: ['"params.temperature"'],
  },
  'max_tokens directly on a node': {
    files: node({ lane: 'coder', max_tokens: 1 }),
    at: `${MODELS}nodes.judge.max_tokens`,
    words: ['"params.max_tokens"'],
  },
  'top_p directly on a lane': {
    files: lane({ top_p: 1 }),
    at: `${MODELS}lanes.coder.top_p`,
    words: ['"params.top_p"'],
  },
  'models of a lane': {
    files: lane({ models: [] }),
    at: `${MODELS}lanes.coder.models`,
    words: ['"preferred"'],
  },
  'fallback of a lane': {
    files: lane({ fallback: [] }),
    at: `${MODELS}lanes.coder.fallback`,
    words: ['"cloud_fallback"'],
  },
  'fallback of a node': {
    files: node({ model: 'ollama/x', fallback: [] }),
    at: `${MODELS}nodes.judge.fallback`,
    words: ['"fallbacks"'],
  },
  'a capability directly on a model': {
    files: { models: { providers, models: { 'ollama/x:1b': { context_length: 8192 } } } },
    at: `${MODELS}models["ollama/x:1b"].context_length`,
    words: ['"capabilities.context_length"'],
  },
  'a deadline directly on a lane': {
    files: lane({ total_s: 10 }),
    at: `${MODELS}lanes.coder.total_s`,
    words: ['"deadlines.total_s"'],
  },
  'a node on an unknown lane': {
    files: node({ lane: 'codre' }),
    at: `${MODELS}nodes.judge.lane`,
    words: ['unknown lane "codre"', 'did you mean "coder"?'],
  },
  'a node on a lane with its prefix': {
    files: node({ lane: 'lane:coder' }),
    at: `${MODELS}nodes.judge.lane`,
    words: ['did you mean "coder"?'],
  },
  'a lane as the model of a node': {
    files: node({ model: 'coder' }),
    at: `${MODELS}nodes.judge.model`,
    words: ['"lane": "coder"'],
  },
  'a model as the lane of a node': {
    files: node({ lane: 'ollama/x' }),
    at: `${MODELS}nodes.judge.lane`,
    words: ['"model": "ollama/x"'],
  },
  'a loop of aliases': {
    files: { models: { aliases: { fast: 'quick', quick: 'coder' }, lanes: { coder: {} } } },
    at: `${MODELS}aliases.fast`,
    words: ['"quick" is an alias', 'node, lane or full model id'],
  },
};

describe('a mistake of a first configuration is reported with file, place and what to write instead', () => {
  for (const [name, { files, at, words }] of Object.entries(MISTAKES)) {
    it(name, async () => {
      const lines = await faultLines(files);
      expect(lines).toHaveLength(1);
      const [line = ''] = lines;
      expect(line.slice(0, at.length)).toBe(at);
      for (const word of words) expect(line).toContain(word);
      expect(line).not.toContain('fake');
    });
  }
});
