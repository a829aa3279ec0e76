import type { FastifyContextConfig, FastifyInstance, FastifySchema } from 'fastify';

import { execute } from '../execution/execute.ts';
import { Job } from '../execution/request-context.ts';
import type { WireFormat } from '../protocol/wire.ts';
import type { Surface } from '../wire/surface.ts';
import { wireOf } from '../wire/wires.ts';
import { acceptRequest } from './receive/accept-request.ts';
import type { HttpPorts } from './ports.ts';

const NO_BODY: Buffer = Buffer.alloc(0);

/** What a route of the data plane is, beside its path. */
export interface DataPlaneRoute {
  readonly wire: WireFormat;
  readonly surface: Surface;
  /** For `/docs`: the body stays bytes and is validated by the wire. */
  readonly bodyExample: object;
  readonly schema: FastifySchema;
}

/** Registers a `POST` of the data plane: its requests are routed, tried and answered by execution. */
export function registerDataPlane(
  app: FastifyInstance,
  ports: HttpPorts,
  path: string,
  { wire: format, surface, bodyExample, schema }: DataPlaneRoute,
): void {
  const { admission } = ports.execution;
  const wire = wireOf(format);
  const config: FastifyContextConfig = { role: 'client', bodyExample, surface };
  app.post(path, { config, schema }, (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
    const hold = admission.hold(body.length);
    const incoming = acceptRequest(request, reply, wire, surface, hold, ports);
    // It never rejects, and answers by itself.
    void execute(new Job(incoming, body, ports.clock.now()), ports.execution);
  });
}
