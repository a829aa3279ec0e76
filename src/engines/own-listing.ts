import type { ListedModel, Listing } from '../providers/provider.ts';
import type { EngineDriver, ResidentModel } from './driver.ts';
import type { EngineModel } from './drivers/engine-model.ts';

/** How long a driver may take to say what it holds, in milliseconds; it asks no server. */
const ASK_MS = 5_000;

/** The model files of an engine in the form of a server's list, with what is loaded. */
export async function ownListing(driver: EngineDriver, files: readonly EngineModel[]): Promise<Listing> {
  // A router that has ended is started again by the next load.
  const resident = await driver.residency(AbortSignal.timeout(ASK_MS)).catch(() => []);
  const byId = new Map(resident.map((model) => [model.modelId, model]));
  return { models: files.map(({ id }) => listed(id, byId.get(id))), singleModel: false };
}

function listed(id: string, resident: ResidentModel | undefined): ListedModel {
  const window = resident?.contextLength ?? null;
  return {
    id,
    name: null,
    kind: null,
    status: statusOf(resident?.state),
    capabilities: window === null ? {} : { context_length: window },
  };
}

function statusOf(state: ResidentModel['state'] | undefined): ListedModel['status'] {
  return state === 'loaded' || state === 'loading' ? state : 'unloaded';
}
