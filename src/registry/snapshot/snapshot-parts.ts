import type { Config } from '../../config/config.ts';
import type { UnreadableFile } from '../../protocol/model-file.ts';
import type { ListedModel, Listing } from '../../providers/provider.ts';
import type { ListedIds } from './listed-ids.ts';
import type { LearntWindows } from './learnt-windows.ts';
import type { MemoryFits } from './memory-fits.ts';
import type { Overrides } from '../assignments/overrides.ts';

/** What the snapshot contains of a provider. */
export interface ProviderFacts {
  readonly id: string;
  readonly name: string;
  readonly local: boolean;
  readonly missingKey: string | null;
  /** Absent: unknown. */
  readonly baseUrl?: string;
  readonly keyVariable?: string | null;
  readonly settings: {
    readonly type: string;
    readonly completeList: boolean;
    readonly answersAnyName: boolean;
    readonly defaultTag?: string;
    readonly remoteModels?: RegExp;
    readonly windowParam?: string;
  };
}

/** Everything that a snapshot is built from. */
export interface SnapshotParts {
  readonly config: Config;
  readonly providers: ReadonlyMap<string, ProviderFacts>;
  readonly overrides: Overrides;
  readonly listings: ReadonlyMap<string, Listing>;
  /** Models whose files a provider has, loaded or not; absent: none. */
  readonly files?: ReadonlyMap<string, readonly ListedModel[]>;
  /** Files of a provider that cannot be used; absent: none. */
  readonly unreadable?: ReadonlyMap<string, readonly UnreadableFile[]>;
  /** Ids that lists have named since start; absent: only those of the present lists. */
  readonly listedIds?: ListedIds;
  /** Absent: none. */
  readonly windows?: LearntWindows;
  /** Absent: the free memory is unknown. */
  readonly memory?: MemoryFits;
  readonly generation: number;
  /** ISO date, UTC: models with this or an earlier retirement date are retired. */
  readonly today: string;
}
