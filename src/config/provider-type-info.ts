/** What configuration must know of a type of provider; `app.ts` hands it over, since config imports no provider. */
export interface ProviderTypeInfo {
  readonly type: string;
  /** Shown to people when the configuration gives no `name`. */
  readonly name: string;
  /** Its servers are on this machine or network and nothing leaves it. */
  readonly local: boolean;
  /** Used when the configuration gives no `base_url`; null where one must be given. */
  readonly defaultBaseUrl: string | null;
  /** The path that belongs to a base URL of this type: `/v1`, `/openai/v1`, or `` for a bare origin. */
  readonly basePath: string;
  /** Without a key no target of this provider is ever tried. */
  readonly requiresKey: boolean;
  /** Appended to a model id that has no tag: `:latest`. */
  readonly defaultTag?: string;
}
