import type { onRequestHookHandler } from 'fastify';

import type { Registry } from '../../../../../registry/registry.ts';
import { methodNotAllowed } from '../../../../respond/wrong-method.ts';

/** For routes whose path ends in a node: `reset` is a call, unless a node has that name. Throws 405. */
export function rejectCallName(registry: Registry): onRequestHookHandler {
  return ({ method, params }, _reply, done) => {
    const { node } = params as { readonly node?: string };
    if (node === 'reset' && !registry.snapshot.nodes.has(node)) {
      throw methodNotAllowed(method, '/api/debug/models/reset', ['POST']);
    }
    done();
  };
}
