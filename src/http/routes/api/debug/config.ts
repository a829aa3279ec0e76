import { z } from 'zod';

import { requireGeneration } from '../../../if-match.ts';
import type { ControlPlane } from '../../../control-plane.ts';
import type { HttpPorts } from '../../../ports.ts';
import { withOverrides } from '../../../views/effective-config.ts';

const DESCRIPTION = [
  'All values in effect, including defaults and overrides. API keys are shown as references (`env:NAME`), never as',
  'values. With `explain=1` each leaf is `{"value","layer"}`.',
].join('\n');

/** `GET /api/debug/config`: the values in effect and their layers; `POST …/reload`: reloads the files. */
export function registerDebugConfig(app: ControlPlane, ports: HttpPorts): void {
  const { configuration, registry } = ports;

  app.get(
    '/api/debug/config',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'The effective configuration',
        description: DESCRIPTION,
        querystring: z.strictObject({ explain: z.stringbool().default(false) }),
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    (request) => {
      const { explain } = request.query;
      const tree = explain ? configuration.explained() : configuration.effective();
      return withOverrides(tree, registry.snapshot, explain);
    },
  );

  app.post(
    '/api/debug/config/reload',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['debug'],
        summary: 'Reload the configuration files',
        description:
          'If a file is invalid, the configuration stays unchanged: 400 with every fault in `error.detail.faults`.',
        body: z.strictObject({}),
        response: { 200: z.object({ generation: z.int(), changed: z.array(z.string()) }) },
      },
    },
    async (request) => {
      requireGeneration(request, registry.snapshot.generation);
      const { generation, changed } = await configuration.reload(request.actor);
      return { generation, changed: [...changed] };
    },
  );
}
