import type { Config, LaneConfig, NodeConfig, ProviderConfig } from '../config/config.ts';

/** The nodes that warm-up requests name, one for each wire of the upstream. */
export const NODE = { openAi: 'warm-up-openai', anthropic: 'warm-up-anthropic' } as const;

/** The variable that holds the key of its provider. */
export const WARM_UP_KEY = 'WARM_UP_KEY';

const LANE = 'warm-up';

/** The configuration of the private gateway: nothing of the operator's but the form, and one upstream at `url`. */
export function warmUpConfig(config: Config, url: string): Config {
  const lane: LaneConfig = {
    preferred: ['openai/warm-up'],
    requirements: {},
    cloud_fallback: [],
    params: {},
    deadlines: { connect_s: 5, first_token_s: null, idle_s: 5, total_s: 10 },
    on_unanswered: 'next',
    on_content_policy: 'stop',
    environment_target: null,
  };
  return {
    ...config,
    default_lane: LANE,
    aliases: {},
    providers: {
      openai: provider('openai_compatible', `${url}/v1`),
      anthropic: { ...provider('anthropic', url), api_key: `env:${WARM_UP_KEY}` },
    },
    models: {},
    lanes: { [LANE]: lane },
    nodes: { [NODE.openAi]: node('openai/warm-up'), [NODE.anthropic]: node('anthropic/warm-up') },
    rules: { deep_ingest: null },
    defaults: { cloud: true, deadlines: lane.deadlines },
    warnings: [],
    notes: [],
  };
}

function provider(type: string, baseUrl: string): ProviderConfig {
  // Local, so that no proxy of the environment applies to it.
  return { type, name: type, base_url: baseUrl, local: true, enabled: true, headers: {} };
}

function node(model: string): NodeConfig {
  return { model, lane: null, kind: 'chat', fallbacks: [], params: {} };
}
