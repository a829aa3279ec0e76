import type { FoundProvider } from '../cli/provider-rows.ts';
import { refusedKeyAdvice } from '../protocol/missing-key.ts';
import type { ProviderSet } from '../providers/provider-set.ts';
import type { Registry } from '../registry/registry.ts';
import type { Reloader } from '../registry/reload.ts';
import { mayUseCloud } from '../routing/cloud.ts';
import type { Health } from '../routing/health.ts';

/** What a gateway knows of its providers. */
interface Probed {
  readonly reloader: Reloader;
  readonly providers: ProviderSet;
  readonly health: Health;
  readonly registry: Registry;
}

/** The configured providers with what their first probes have found, for the start table. */
export function foundProviders(app: Probed): FoundProvider[] {
  const disabled = Object.values(app.reloader.current().providers).filter(({ enabled }) => !enabled);
  const unknown = { missingKey: null, answered: null, problem: null, noList: false, models: [] };
  return [
    ...activeProviders(app),
    ...disabled.map(({ name, base_url: baseUrl }) => ({ ...unknown, name, baseUrl, disabled: true })),
  ];
}

function activeProviders({ reloader, providers, health, registry }: Probed): FoundProvider[] {
  const configured = reloader.current().providers;
  const listed = [...registry.snapshot.models.values()].filter(({ inList }) => inList === true);
  const withFile = [...registry.snapshot.models.values()].filter(({ file }) => file !== undefined);
  const cloudAllowed = mayUseCloud(registry.snapshot);
  return [...providers.current.values()].map(
    ({ id, name, baseUrl, local, settings, missingKey, keyVariable }) => {
      const { answered, unreachable, keyRefused, noList } = health.provider(id);
      const problem = (keyRefused ?? unreachable)?.cause ?? null;
      const models = listed.filter(({ provider }) => provider.id === id).map(({ modelId }) => modelId);
      const refusedKey = keyRefused === null ? null : refusedKeyAdvice(name, keyVariable, keyRefused.cause);
      const cloudForbidden = !local && !cloudAllowed;
      const files = withFile.filter(({ provider }) => provider.id === id).length;
      const found = {
        files,
        name,
        baseUrl,
        cloudForbidden,
        missingKey,
        answered,
        problem,
        refusedKey,
        models,
      };
      const startedHere = configured[id]?.engine?.command !== undefined;
      return { ...found, noList, alwaysLists: settings.completeList, startedHere };
    },
  );
}
