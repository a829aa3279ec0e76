import { describe, expect, it } from 'vitest';
import { faultLines, PROVIDER_TYPES, type Files } from './files.ts';

const file = 'config/models.json';
const ollama = { ollama: { type: 'ollama' } };
const types = PROVIDER_TYPES.map(({ type }) => type).join(', ');
const lanes = { coder: {}, fast_rag: {} };

/** One bad file each, with every line that is reported. */
const cases: Readonly<Record<string, { readonly files: Files; readonly lines: readonly string[] }>> = {
  'a misspelt key of a lane': {
    files: { user: { lanes: { coder: { prefered: [] } } } },
    lines: ['config/user_models.json: lanes.coder.prefered: unknown key; did you mean "preferred"?'],
  },
  'a misspelt section': {
    files: { models: { nodez: {} } },
    lines: [`${file}: nodez: unknown key; did you mean "nodes"?`],
  },
  'an unknown key similar to none': {
    files: { models: { rules: { shrdlu: {} } } },
    lines: [`${file}: rules.shrdlu: unknown key; known keys: deep_ingest`],
  },
  'a key of Object.prototype': {
    files: { models: { constructor: {} } },
    lines: [
      `${file}: constructor: unknown key; known keys: $schema, default_lane, runtime_switching, aliases, ` +
        'providers, models, lanes, nodes, rules, defaults, pools, ledger',
    ],
  },
  'a node with both a model and a lane': {
    files: { models: { providers: ollama, lanes, nodes: { judge: { model: 'ollama/x', lane: 'coder' } } } },
    lines: [`${file}: nodes.judge: has both "model" and "lane"; set exactly one`],
  },
  'a node with neither': {
    files: { models: { nodes: { judge: { why: 'x' } } } },
    lines: [`${file}: nodes.judge: has neither "model" nor "lane"; set exactly one`],
  },
  'a misspelt "model" of a node, reported once': {
    files: { models: { nodes: { judge: { modle: 'ollama/x' } } } },
    lines: [`${file}: nodes.judge.modle: unknown key; did you mean "model"?`],
  },
  'invalid names': {
    files: { models: { lanes: { Coder: {}, auto: {} }, nodes: { '9a': { lane: 'auto' } } } },
    lines: [
      `${file}: lanes.Coder: a lane name must start with a lower-case letter and contain only lower-case letters, digits, "_" and "-", at most 64 characters`,
      `${file}: lanes.auto: reserved name (auto, import, reset)`,
      `${file}: nodes["9a"]: a node name must start with a lower-case letter and contain only lower-case letters, digits, "_" and "-", at most 64 characters`,
    ],
  },
  'names that differ only in dash and underscore': {
    files: { models: { lanes: { 'fast-rag': {}, fast_rag: {} } } },
    lines: [
      `${file}: lanes.fast_rag: differs from "fast-rag" only in "-" and "_", which environment variables cannot distinguish`,
    ],
  },
  'an unknown provider in a model id': {
    files: {
      models: {
        providers: { anthropic: { type: 'anthropic' } },
        lanes: { coder: { preferred: ['antropic/x'] } },
      },
    },
    lines: [`${file}: lanes.coder.preferred[0]: unknown provider "antropic"; did you mean "anthropic"?`],
  },
  'a provider of a known type that is not configured': {
    files: { models: { lanes: { coder: { cloud_fallback: ['openai/gpt-4o'] } } } },
    lines: [
      `${file}: lanes.coder.cloud_fallback[0]: unknown provider "openai"; ` +
        'add "openai": { "type": "openai" } under providers',
    ],
  },
  'a model id without its provider': {
    files: { models: { providers: ollama, models: { mistral: {} } } },
    lines: [
      `${file}: models.mistral: "mistral" is not a full model id; write provider/model (providers: ollama)`,
    ],
  },
  'lanes that do not exist': {
    files: {
      models: {
        lanes,
        default_lane: 'codr',
        nodes: { judge: { lane: 'fastrag' } },
        rules: { deep_ingest: { lane: 'x' } },
      },
    },
    lines: [
      `${file}: default_lane: unknown lane "codr"; did you mean "coder"?`,
      `${file}: nodes.judge.lane: unknown lane "fastrag"; did you mean "fast_rag"?`,
      `${file}: rules.deep_ingest.lane: unknown lane "x"; known: coder, fast_rag`,
    ],
  },
  'alias targets that do not exist': {
    files: {
      models: {
        lanes,
        providers: ollama,
        aliases: { a: 'lane:cder', b: 'node:x', c: 'coding', d: 'olama/x' },
      },
    },
    lines: [
      `${file}: aliases.a: unknown lane "cder"; did you mean "coder"?`,
      `${file}: aliases.b: unknown node "x"`,
      `${file}: aliases.c: "coding" is not a node, a lane or a full model id; known: coder, fast_rag`,
      `${file}: aliases.d: unknown provider "olama"; did you mean "ollama"?`,
    ],
  },
  'a rule without its lane': {
    files: { models: { rules: { deep_ingest: { over_tokens: 0 } } } },
    lines: [
      `${file}: rules.deep_ingest.over_tokens: must be at least 1`,
      `${file}: rules.deep_ingest.lane: missing; set the lane for very large requests`,
    ],
  },
  'providers without a type, of an unknown one, or without an address': {
    files: {
      models: {
        providers: { a: {}, b: { type: 'opnai' }, c: { type: 'openai_compatible' }, 'd/e': { type: 'vllm' } },
      },
    },
    lines: [
      `${file}: providers.a.type: missing; known types: ${types}`,
      `${file}: providers.b.type: unknown type "opnai"; did you mean "openai"?`,
      `${file}: providers.c.base_url: missing; type openai_compatible has no default address; write the URL of the server, such as https://host/v1`,
      `${file}: providers["d/e"]: a provider id must start with a letter or digit and contain only letters, digits, ".", "_" and "-", at most 64 characters`,
    ],
  },
  'the practice models outside the demo': {
    files: { models: { providers: { demo: { type: 'demo' } } } },
    lines: [
      `${file}: providers.demo.type: unknown type "demo"; for any server with an OpenAI API write "openai_compatible" and its base_url; known: ${types}`,
    ],
  },
  'wrong types and values of a model': {
    files: {
      models: {
        providers: ollama,
        models: {
          'ollama/x:1b': {
            speed: 'fastest',
            retired_at: 'soon',
            fallbacks: 'ollama/y',
            capabilities: {
              reasoning_strength: 1.5,
              context_length: 0.5,
              supports_tools: 'yes',
              model_size: 'big',
            },
          },
        },
      },
    },
    lines: [
      `${file}: models["ollama/x:1b"].speed: must be one of ultra_fast, very_fast, fast, medium, slow; did you mean "fast"?`,
      `${file}: models["ollama/x:1b"].capabilities.context_length: must be a whole number, not a fraction`,
      `${file}: models["ollama/x:1b"].capabilities.reasoning_strength: must be at most 1`,
      `${file}: models["ollama/x:1b"].capabilities.supports_tools: must be true or false, not a string`,
      `${file}: models["ollama/x:1b"].capabilities.model_size: must be a number, or text such as "7.24B"`,
      `${file}: models["ollama/x:1b"].fallbacks: must be a list, not a string; write it in brackets: ["…"]`,
      `${file}: models["ollama/x:1b"].retired_at: must be a date such as "2026-08-16"`,
    ],
  },
  'wrong types and values of a lane': {
    files: {
      models: {
        lanes: {
          coder: {
            deadlines: { idle_s: 0, total_s: 9e9 },
            on_unanswered: 'retry',
            cloud: null,
            preferred: [''],
          },
        },
      },
    },
    lines: [
      `${file}: lanes.coder.preferred[0]: must not be empty`,
      `${file}: lanes.coder.deadlines.idle_s: must be greater than 0`,
      `${file}: lanes.coder.deadlines.total_s: must be at most 604800`,
      `${file}: lanes.coder.on_unanswered: must be one of next, stop`,
    ],
  },
  'a null inside a list': {
    files: { models: { lanes: { coder: { preferred: [null] } } } },
    lines: [`${file}: lanes.coder.preferred[0]: must be a string, not null`],
  },
  'parameters that only the caller can set': {
    files: { models: { lanes: { coder: { params: { stream: true, temperature: 1 } } } } },
    lines: [`${file}: lanes.coder.params.stream: cannot have a default; only the caller sets it`],
  },
  'a rerank node on a lane, by its declared kind': {
    files: { models: { lanes, nodes: { rerank: { lane: 'coder', kind: 'rerank' } } } },
    lines: [`${file}: nodes.rerank.lane: a node of kind rerank needs a "model"; lanes serve chat only`],
  },
  'an embeddings node on a lane': {
    files: { models: { lanes, nodes: { embed: { lane: 'coder', kind: 'embeddings' } } } },
    lines: [`${file}: nodes.embed.lane: a node of kind embeddings needs a "model"; lanes serve chat only`],
  },
  'a capability under two names with different values': {
    files: {
      models: {
        providers: ollama,
        models: {
          'ollama/x:1b': {
            capabilities: {
              supports_tools: true,
              supports_function_calling: false,
              model_size: '7B',
              parameter_count: 8e9,
            },
          },
        },
      },
    },
    lines: [
      `${file}: models["ollama/x:1b"].capabilities.supports_function_calling: contradicts "capabilities.supports_tools", which is another name for the same; keep one`,
      `${file}: models["ollama/x:1b"].capabilities.model_size: contradicts "capabilities.parameter_count", which is another name for the same; keep one`,
    ],
  },
  'one model with and without its tag': {
    files: { models: { providers: ollama, models: { 'ollama/x': {}, 'ollama/x:latest': {} } } },
    lines: [`${file}: models["ollama/x"]: same model as "ollama/x:latest"; keep one`],
  },
  'a section of the wrong type, without a fault for each reference to it': {
    files: { models: { providers: [], lanes: { coder: { preferred: ['ollama/x'] } } } },
    lines: [
      `${file}: providers: must be an object, not a list; write { "ID": { "type": "…", "base_url": "…" } }`,
    ],
  },
  'faults of both files at once': {
    files: {
      models: { ledger: { max_rows: 'many' } },
      user: { runtime_switching: 1, defaults: { deadlines: { conect_s: 1 } } },
    },
    lines: [
      `${file}: ledger.max_rows: must be a number, not a string`,
      'config/user_models.json: runtime_switching: must be true or false, not a number',
      'config/user_models.json: defaults.deadlines.conect_s: unknown key; did you mean "connect_s"?',
    ],
  },
  'a fault of a file that a stronger file overrides': {
    files: { models: { runtime_switching: 'no' }, user: { runtime_switching: true } },
    lines: [`${file}: runtime_switching: must be true or false, not a string`],
  },
  'an unknown name in the weaker file is attributed to that file': {
    files: {
      models: { lanes: { coder: { preferred: ['olama/x'] } }, providers: ollama },
      user: { lanes: { coder: { cloud: false } } },
    },
    lines: [`${file}: lanes.coder.preferred[0]: unknown provider "olama"; did you mean "ollama"?`],
  },
};

describe('a bad file is reported with one readable line per fault', () => {
  for (const [name, { files, lines }] of Object.entries(cases)) {
    it(name, async () => {
      expect(await faultLines(files)).toEqual(lines);
    });
  }
});
