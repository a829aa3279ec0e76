import type { ListedModel, Listing } from '../providers/provider.ts';
import type { EngineDriver, ResidentModel } from './driver.ts';
import type { EngineModel } from './drivers/engine-model.ts';

/** How long a driver may take to say what it holds, and a loaded model to say what it can do, in milliseconds. */
const ASK_MS = 5_000;

/** The model files of an engine in the form of a server's list, with what is loaded. */
export async function ownListing(driver: EngineDriver, files: readonly EngineModel[]): Promise<Listing> {
  const signal = AbortSignal.timeout(ASK_MS);
  // A router that has ended is started again by the next load.
  const resident = await driver.residency(signal).catch(() => []);
  const byId = new Map(resident.map((model) => [model.modelId, model]));
  const models = files.map(({ id }) => listed(driver, id, byId.get(id), signal));
  return { models: await Promise.all(models), singleModel: false };
}

async function listed(
  driver: EngineDriver,
  id: string,
  resident: ResidentModel | undefined,
  signal: AbortSignal,
): Promise<ListedModel> {
  const window = resident?.contextLength ?? null;
  const slots = resident?.state === 'loaded' ? await driver.slots(id, signal).catch(() => null) : null;
  return {
    id,
    name: null,
    kind: null,
    status: statusOf(resident?.state),
    capabilities: window === null ? {} : { context_length: window },
    ...(slots === null ? {} : { slots }),
  };
}

function statusOf(state: ResidentModel['state'] | undefined): ListedModel['status'] {
  return state === 'loaded' || state === 'loading' ? state : 'unloaded';
}
