/** Flags for the Node of the gateway. */
export declare const NODE_FLAGS: readonly string[];
/** Environment variables of its process. */
export declare const VARIABLES: Readonly<Record<string, string>>;
