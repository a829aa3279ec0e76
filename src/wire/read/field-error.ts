import { GatewayError } from '../../protocol/errors.ts';

/** A carried value of a wrong type or shape; `param` is the path to it, `wanted` what would be right. */
export function invalidField(param: string, wanted: string): GatewayError {
  return new GatewayError('invalid_body', `'${param}' must be ${wanted}.`, { param });
}

/** What no other wire, or not this model, can express, in the caller's own words: a client may match on them. */
export function unsupportedField(param: string, message: string): GatewayError {
  return new GatewayError('unsupported_parameter', message, { param });
}

/** What no other wire can express, in our words; `hint` is a sentence on what would be right. */
export function uncarriedField(param: string, hint = ''): GatewayError {
  return unsupportedField(
    param,
    `'${param}' cannot be carried to this model's API.${hint === '' ? '' : ` ${hint}`}`,
  );
}
