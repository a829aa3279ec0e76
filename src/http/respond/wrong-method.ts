import { GatewayError } from '../../protocol/errors.ts';

/** 405 that names the methods to use, in words and as `allow`. */
export function methodNotAllowed(method: string, path: string, methods: readonly string[]): GatewayError {
  // Every GET comes with a HEAD.
  const named = methods.filter((each) => each !== 'HEAD' || !methods.includes('GET'));
  const last = named.at(-1) ?? '';
  const words = named.length > 1 ? `${named.slice(0, -1).join(', ')} or ${last}` : last;
  return new GatewayError(
    'method_not_allowed',
    `${path.slice(0, 200)} does not support ${method}; use ${words}`,
    { allow: methods.join(', ') },
  );
}
