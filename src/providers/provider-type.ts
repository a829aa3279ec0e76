import type { ListModels } from './connection.ts';
import type { ProviderSettings } from './provider.ts';

/** One type of server: what is true of all of them, and how one is asked for its models. */
export interface ProviderType {
  readonly settings: ProviderSettings;
  readonly list: ListModels;
}
