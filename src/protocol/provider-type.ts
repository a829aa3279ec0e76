/** Properties of a provider type that configuration and providers share. */
export interface ProviderTypeInfo {
  readonly type: string;
  /** Display name when the configuration gives no `name`. */
  readonly name: string;
  /** Its servers are on this machine or network; requests do not leave it. */
  readonly local: boolean;
  /** Default of `base_url`; null: the configuration must set it. */
  readonly defaultBaseUrl: string | null;
  /** Path of this type's base URLs: `/v1`, `/openai/v1`, or empty for a bare origin. */
  readonly basePath: string;
  /** Targets of a provider without a key are never tried. */
  readonly requiresKey: boolean;
  /** Appended to a model id without a tag: `:latest`. */
  readonly defaultTag?: string;
}
