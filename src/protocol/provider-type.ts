/** The facts about a provider type that configuration and providers share. */
export interface ProviderTypeInfo {
  readonly type: string;
  /** Display name when the configuration gives no `name`. */
  readonly name: string;
  /** Its servers are on this machine or network; requests send nothing outside. */
  readonly local: boolean;
  /** Default for `base_url`; null: the configuration must set it. */
  readonly defaultBaseUrl: string | null;
  /** Path of a base URL of this type: `/v1`, `/openai/v1`, or `` for a bare origin. */
  readonly basePath: string;
  /** Targets of a provider without a key are never tried. */
  readonly requiresKey: boolean;
  /** Appended to a model id that has no tag: `:latest`. */
  readonly defaultTag?: string;
}
