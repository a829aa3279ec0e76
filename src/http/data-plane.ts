import type { FastifyContextConfig, FastifyInstance, FastifySchema } from 'fastify';

import { execute } from '../execution/execute.ts';
import { RequestBody } from '../execution/admit/request-body.ts';
import { RequestContext } from '../execution/request-context.ts';
import type { WireFormat } from '../protocol/wire.ts';
import type { Surface } from '../wire/surface.ts';
import { wireOf } from '../wire/wires.ts';
import { acceptRequest } from './receive/accept-request.ts';
import { requestSurface } from './respond/surfaces.ts';
import type { HttpPorts } from './ports.ts';

const NO_BODY: Buffer = Buffer.alloc(0);

/** A route of the data plane, without its path. */
export interface DataPlaneRoute {
  readonly wire: WireFormat;
  readonly surface: Surface;
  /** As in the configuration of routes. */
  readonly anyBodyType?: boolean;
  /** For `/docs`: the body is not parsed, and validated by the wire. */
  readonly bodyExample: object;
  /** The body may also be a form with files. Absent: only JSON. */
  readonly acceptsForms?: true;
  readonly schema: FastifySchema;
}

/** Registers a `POST` of the data plane, which execution answers. */
export function registerDataPlane(
  app: FastifyInstance,
  ports: HttpPorts,
  path: string,
  { wire: format, surface, anyBodyType = false, bodyExample, acceptsForms, schema }: DataPlaneRoute,
): void {
  const { admission } = ports.execution;
  const wire = wireOf(format);
  const config: FastifyContextConfig = {
    role: 'client',
    bodyExample,
    surface,
    anyBodyType,
    ...(acceptsForms && { acceptsForms }),
  };
  app.post(path, { config, schema }, (request, reply) => {
    const now = ports.clock.now();
    const asked = requestSurface(surface, request.headers);
    const incoming = acceptRequest(request, reply, wire, asked, ports, now);
    const bytes = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
    const body = new RequestBody(bytes, admission.reserve(bytes.length));
    // From here on execution sends the reply; it never rejects.
    reply.hijack();
    void execute(new RequestContext(incoming, body, now), ports.execution);
  });
}
