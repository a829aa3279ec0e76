import type { FastifyContextConfig, FastifyInstance, FastifySchema } from 'fastify';

import { execute } from '../execution/execute.ts';
import { Job } from '../execution/job.ts';
import type { ClientWire } from '../wire/client-wire.ts';
import { takeOver } from './arrival.ts';
import type { HttpPorts } from './ports.ts';

const NO_BODY: Buffer = Buffer.alloc(0);

/** What a route of the data plane is, beside its path. */
export interface DataPlaneRoute {
  readonly wire: ClientWire;
  /** For `/docs`: the body stays bytes and is judged by the wire. */
  readonly bodyExample: object;
  readonly schema: FastifySchema;
}

/** Registers a `POST` of the data plane: its requests are routed, tried and answered by execution. */
export function registerDataPlane(
  app: FastifyInstance,
  ports: HttpPorts,
  path: string,
  { wire, bodyExample, schema }: DataPlaneRoute,
): void {
  const { admission } = ports.execution;
  const config: FastifyContextConfig = { role: 'client', bodyExample };
  app.post(path, { config, schema }, (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
    const hold = admission.hold(body.length);
    const arrival = takeOver(request, reply, wire, hold, ports);
    // It never rejects, and answers by itself.
    void execute(new Job(arrival, body, ports.clock.now()), ports.execution);
  });
}
