/** A model file that a driver can load. */
export interface EngineModel {
  /** Without the provider. */
  readonly id: string;
  /** Absolute path of the file; of the first one if it is split. */
  readonly path: string;
  /** Tokens to load it with unless a load names another number; null: as the engine chooses. */
  readonly context: number | null;
}
