import { GatewayError } from '../../protocol/errors.ts';
import type { JsonObject } from '../json/value.ts';

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

/** The string at a key. Throws `invalid_body` for anything else; `path` is that of the holder. */
export function stringAt(holder: JsonObject, key: string, path: string): string {
  const value = holder[key];
  if (typeof value !== 'string') throw invalidField(`${path}.${key}`, 'a string');
  return value;
}
