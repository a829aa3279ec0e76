/** The state of a model on an engine, as `GET /api/engines` reports it. */
export type EngineModelState = 'unloaded' | 'loading' | 'loaded' | 'unloading' | 'failed';

/** The state of an engine: a local server that can load and unload models. */
export type EngineState = 'stopped' | 'starting' | 'running' | 'stopping' | 'unreachable';

/** The state of a pool: of the one switch that may run in it, `ready` without one. */
export type PoolState = 'ready' | 'draining' | 'unloading' | 'settling' | 'loading' | 'probing' | 'failed';

/** How Laneway acts on an engine. */
export type DriverName = 'router' | 'process' | 'ollama' | 'command' | 'none';

/** What Laneway can do with a model of an engine. */
export type EngineVerb = 'load' | 'unload';
