import type { ScannedRequest, TargetRequest } from './exchange.ts';
import { lastField } from './json/scan.ts';
import type { EndpointScope } from './wire.ts';

/** JSON of values that mean the same as leaving a field out. */
const UNSET: ReadonlySet<string> = new Set(['null', 'false', '0', '""']);

type Scoped = { readonly scope?: EndpointScope };

/**
 * The endpoints that this request may use, in their order: without those whose scope excludes it. All of them if that
 * leaves none. `params`: the target's defaults.
 */
export function endpointsFor<Endpoint extends Scoped>(
  request: ScannedRequest,
  endpoints: readonly Endpoint[],
  params: TargetRequest['params'],
): readonly Endpoint[] {
  const fitting = endpoints.filter(({ scope }) => scope === undefined || includes(scope, request, params));
  return fitting.length === 0 ? endpoints : fitting;
}

function includes(
  { onlyWith, neverWith }: EndpointScope,
  { body, fields }: ScannedRequest,
  params: TargetRequest['params'],
): boolean {
  const isSet = (name: string): boolean => {
    const field = lastField(fields, name);
    if (field === null) return false;
    return !UNSET.has(
      body.toString('latin1', field.valueStart, Math.min(field.valueEnd, field.valueStart + 8)),
    );
  };
  if (neverWith.some((name) => isSet(name) || Object.hasOwn(params, name))) return false;
  return onlyWith.some(isSet);
}
