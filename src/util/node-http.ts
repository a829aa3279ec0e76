/**
 * What Laneway needs of `node:http`, which no other file imports but for its types: the namespace that an `import` makes
 * of it reads every export, and one of them (`WebSocket`) loads Node's own copy of undici, 16 MB of memory and 30 ms of
 * the start (Node 26.10).
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
