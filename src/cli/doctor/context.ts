import type { Environment } from '../../config/environment/process-settings.ts';
import type { Variables } from '../../config/environment/variables.ts';
import type { ConfigFault } from '../../config/faults.ts';
import type { FileValidation } from '../validate-files.ts';
import type { FoundEngine } from './find-engines.ts';
import type { GatewayView } from './gateway-view.ts';
import type { ProviderState } from './provider-state.ts';
import type { UsedModel } from './used-models.ts';

/** What the checks look at. It is gathered once, so that no server is called twice. */
export interface DoctorContext {
  readonly variables: Variables;
  /** The clock of this machine, in ms since 1970. */
  readonly now: number;
  /** The version of Node that runs this, without `v`. */
  readonly nodeVersion: string;
  readonly target: DoctorTarget;
  /** The running gateway; null: none answers. */
  readonly gateway: GatewayView | null;
  /** What belongs to the gateway of this machine; null: the address is that of another machine. */
  readonly files: FilesView | null;
  readonly providers: readonly ProviderState[];
  /** Models that the operator's own configuration, or a switch, assigns to nodes and lanes. */
  readonly usedModels: readonly UsedModel[];
  /** Engines at the usual ports of this machine. */
  readonly engines: readonly FoundEngine[];
  /** How far the clocks of servers are ahead of this machine's, in ms, by their names. */
  readonly clocks: readonly ServerClock[];
}

/** The gateway that is examined. */
export interface DoctorTarget {
  readonly url: string;
  /** `--url` or `LANEWAY_URL` names it. */
  readonly isNamed: boolean;
  /** Why it does not answer; null: it does, or the address is unusable. */
  readonly problem: string | null;
}

/** The files and settings of the gateway of this machine. */
export interface FilesView {
  /** null where variables of the process are invalid. */
  readonly environment: Environment | null;
  readonly environmentFaults: readonly ConfigFault[];
  /** null where the name of the directory is invalid. */
  readonly validation: FileValidation | null;
  readonly configDirectory: string | null;
  readonly dataDirectory: string | null;
  /** The path of `.env`. */
  readonly dotEnvFile: string;
  readonly workingDirectory: string;
}

/** The clock of a server, by the `Date` header of a reply. */
export interface ServerClock {
  readonly server: string;
  /** Whether the server is another machine. */
  readonly isRemote: boolean;
  readonly aheadMs: number;
}
