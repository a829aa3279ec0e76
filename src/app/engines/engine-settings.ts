import type { Config, ProviderConfig } from '../../config/config.ts';
import { DEFAULT_POOL } from '../../config/schema/engine.ts';
import type { EngineConfiguration } from '../../engines/members/engine-member.ts';
import type { EnginesConfiguration } from '../../engines/engines.ts';
import type { EngineModel } from '../../engines/drivers/engine-model.ts';
import { POOL_DEFAULTS, type PoolSettings } from '../../engines/pool/settings.ts';

const GB = 1e9;
const STALL_S = 60;
const STOP_S = 10;
/** Types whose servers can load models when asked, or have one for as long as they run. */
const ENGINE_TYPES: readonly string[] = ['llamacpp', 'ollama', 'vllm'];

/** The engines and pools of a configuration; `filesOf`: the models in the folder of a provider, null without a folder. */
export function enginesConfiguration(
  { providers, pools }: Config,
  filesOf: (providerId: string) => readonly EngineModel[] | null,
): EnginesConfiguration {
  const engines = Object.entries(providers).flatMap(([id, provider]) =>
    isEngine(provider) ? [engineOf(id, provider, filesOf(id))] : [],
  );
  return { engines, poolSettings: (name) => poolSettings(pools?.[name]) };
}

function isEngine({ enabled, local, type, engine }: ProviderConfig): boolean {
  return enabled && local && (engine !== undefined || ENGINE_TYPES.includes(type));
}

function engineOf(
  providerId: string,
  { type, base_url: baseUrl, engine = {}, pool = DEFAULT_POOL }: ProviderConfig,
  models: readonly EngineModel[] | null,
): EngineConfiguration {
  return {
    providerId,
    providerType: type,
    baseUrl,
    manage: engine.manage ?? 'auto',
    command: engine.command ?? null,
    start: engine.start ?? null,
    stop: engine.stop ?? null,
    limits: {
      stallMs: (engine.stall_s ?? STALL_S) * 1000,
      stopMs: (engine.stop_s ?? STOP_S) * 1000,
    },
    idleUnloadMs: engine.idle_unload_s === undefined ? null : engine.idle_unload_s * 1000,
    pool,
    models,
  };
}

function poolSettings(configured: NonNullable<Config['pools']>[string] | undefined): PoolSettings {
  if (configured === undefined) return POOL_DEFAULTS;
  const { budget_gb: budget, reserve_gb: reserve, soft_c: softC, hard_c: hardC, batch } = configured;
  return {
    budgetBytes: budget === undefined ? null : budget * GB,
    reserveBytes: reserve === undefined ? null : reserve * GB,
    minResidencyMs: inMs(configured.min_residency_s) ?? POOL_DEFAULTS.minResidencyMs,
    maxWaitMs: inMs(configured.max_wait_s) ?? POOL_DEFAULTS.maxWaitMs,
    batch: batch ?? POOL_DEFAULTS.batch,
    queueMax: POOL_DEFAULTS.queueMax,
    softC: softC ?? null,
    hardC: hardC ?? null,
  };
}

function inMs(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds * 1000;
}
