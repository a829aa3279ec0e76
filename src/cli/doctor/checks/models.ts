import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import type { GatewayDetails } from '../gateway-view.ts';
import { isInstalled, isUsable, type ProviderState } from '../provider-state.ts';
import type { UsedModel } from '../used-models.ts';

/** Are the models that nodes and lanes use installed, does each engine have one, and can their files be used? */
export const modelsCheck: Check = {
  name: 'models',
  run: ({ providers, usedModels, gateway }) => {
    const reachable = providers.filter(({ enabled, error }) => enabled && error === null);
    const found = [
      ...reachable.flatMap((provider) => missing(provider, usedModels)),
      ...reachable.flatMap((provider) => emptyEngine(provider, providers.some(isUsable) ? warning : fault)),
      ...(gateway?.details?.unreadable ?? []).map(unreadable),
    ];
    if (found.length > 0 || reachable.length === 0) return found;
    return [ok('every model that nodes and lanes use is there, as far as the servers list them')];
  },
};

const SHOWN_MODELS = 3;

function missing(provider: ProviderState, used: readonly UsedModel[]): Finding[] {
  const prefix = `${provider.id}/`;
  const own = used.filter(
    ({ model }) => model.startsWith(prefix) && provider.lacks(model.slice(prefix.length)),
  );
  const byModel = Map.groupBy(own, ({ model }) => model);
  return [...byModel].map(([model, uses]) => {
    const users = [...new Set(uses.map(({ usedBy }) => usedBy))].join(', ');
    const make = uses.some(({ isFirst }) => isFirst) ? fault : warning;
    const found = `${provider.name} does not have ${model}, which is assigned to ${users}`;
    return make('model_not_pulled', found, fixOf(provider, model.slice(prefix.length)));
  });
}

function fixOf({ type, models }: ProviderState, model: string): string {
  if (type === 'ollama') return `ollama pull ${model}`;
  const has = (models ?? []).filter((each) => isInstalled(each)).map(({ id }) => id);
  const shown = has.slice(0, SHOWN_MODELS).join(', ');
  const more = has.length > SHOWN_MODELS ? ', …' : '';
  return has.length === 0
    ? 'start its server with that model'
    : `start its server with that model, or assign one that it has: ${shown}${more}`;
}

/** A running engine without any model, as Ollama is after its installation. */
function emptyEngine(
  { id, type, name, local, models, started }: ProviderState,
  make: typeof fault,
): Finding[] {
  if (!local || models === null || models.some(isInstalled)) return [];
  const own = started === null ? 'start it with a model' : 'put a GGUF file into its models_dir';
  const fix = type === 'ollama' ? 'ollama pull MODEL, e.g. ollama pull qwen2.5:7b' : own;
  return [make('model_not_pulled', `${name} runs, but has no model (${id})`, fix)];
}

function unreadable({ provider, file, error }: GatewayDetails['unreadable'][number]): Finding {
  const found = `${file} in models_dir of ${provider} cannot be used: ${error}`;
  return warning(
    'file_unreadable',
    found,
    'copy it again if it is incomplete, else move it out of the folder',
  );
}
