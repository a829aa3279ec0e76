import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/config/files/json.ts';
import { Known } from '../../../src/config/migrate/known.ts';
import { mergeLayers } from '../../../src/config/merge.ts';
import { PROVIDER_TYPES, SHIPPED } from '../files.ts';

const shipped = JSON.parse(readFileSync(join(SHIPPED, 'models.json'), 'utf8')) as JsonObject;

/** The shipped configuration, with values of a `user_models.json` over it. */
export function known(user: JsonObject = {}): Known {
  const layers = [shipped, user].map((values) => ({ file: '', shipped: false, values }));
  return new Known(shipped, mergeLayers(layers).values, PROVIDER_TYPES);
}

/** The role file of the older system, as its documentation has it. */
export const ROLE_FILE = {
  role_mappings: {
    planner: {
      preferred: ['llama3.1:8b', 'mistral:latest'],
      cloud_fallback: 'openai:gpt-4o-mini',
      requirements: {
        reasoning_strength: 0.7,
        context_length_min: 8000,
        memory_gb_max: 8,
        supports_tools: false,
      },
    },
  },
  model_profiles: {
    'mistral:latest': {
      capabilities: {
        context_length: 32000,
        quantization_level: 'Q4_K_M',
        model_size: 7_240_000_000,
        reasoning_strength: 0.7,
        coding_strength: 0.6,
        memory_gb_estimate: 5.0,
      },
    },
  },
  cloud_providers: { openai: { models: {}, api_endpoint: 'https://api.openai.com/v1' } },
};
