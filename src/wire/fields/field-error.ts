import { GatewayError } from '../../protocol/errors.ts';

/** The error for a value of a wrong type or shape; `param` is the path to it, `expected` describes a valid value. */
export function invalidField(param: string, expected: string): GatewayError {
  return new GatewayError('invalid_body', `'${param}' must be ${expected}.`, { param });
}

/** The error for content that no other wire, or not this model, can express. Clients may match on `message`. */
export function unsupportedField(param: string, message: string): GatewayError {
  return new GatewayError('unsupported_parameter', message, { param });
}

/** `unsupportedField` with a standard message; `hint` is a sentence about what to send instead. */
export function untranslatableField(param: string, hint = ''): GatewayError {
  return unsupportedField(
    param,
    `'${param}' is not supported by this model's API.${hint === '' ? '' : ` ${hint}`}`,
  );
}
