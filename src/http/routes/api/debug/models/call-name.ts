import type { onRequestHookHandler } from 'fastify';

import { methodNotAllowed } from '../../../../respond/wrong-method.ts';

/** For routes whose path ends in a node: `reset` is a call, and no node can have that name. Throws 405. */
export const rejectCallName: onRequestHookHandler = ({ method, params }, _reply, done) => {
  const { node } = params as { readonly node?: string };
  if (node === 'reset') throw methodNotAllowed(method, '/api/debug/models/reset', ['POST']);
  done();
};
