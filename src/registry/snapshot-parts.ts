import type { Config } from '../config/config.ts';
import type { Listing } from '../providers/provider.ts';
import type { Overrides } from './overrides.ts';

/** What routing must know of a provider that exists. */
export interface ProviderFacts {
  readonly id: string;
  readonly name: string;
  readonly local: boolean;
  readonly missingKey: string | null;
  readonly settings: {
    readonly type: string;
    readonly completeList: boolean;
    readonly answersAnyName: boolean;
    readonly defaultTag?: string;
  };
}

/** Everything that a snapshot is made of. */
export interface SnapshotParts {
  readonly config: Config;
  readonly providers: ReadonlyMap<string, ProviderFacts>;
  readonly overrides: Overrides;
  readonly listings: ReadonlyMap<string, Listing>;
  readonly generation: number;
  /** ISO date: a model retired on or before it is retired. */
  readonly today: string;
}
