import { GatewayError } from '../../protocol/errors.ts';

/** A carried value of a wrong type or shape; `param` is the path to it, `wanted` what would be right. */
export function invalidField(param: string, wanted: string): GatewayError {
  return new GatewayError('invalid_body', `'${param}' must be ${wanted}.`, { param });
}

/** What no other wire can express; `hint` is a sentence on what would be right. */
export function unsupportedField(param: string, hint = ''): GatewayError {
  const message = `'${param}' cannot be carried to this model's API.${hint === '' ? '' : ` ${hint}`}`;
  return new GatewayError('unsupported_parameter', message, { param });
}
