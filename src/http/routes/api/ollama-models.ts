import { z } from 'zod';

import { GatewayError } from '../../../protocol/errors.ts';
import { PLAIN_CHAT } from '../../../protocol/facts.ts';
import { resolveName } from '../../../routing/name.ts';
import { ollamaSurface } from '../../../wire/surfaces/ollama.ts';
import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import {
  runningSchema,
  runningView,
  shownSchema,
  shownView,
  tagsSchema,
  tagsView,
} from '../../views/ollama-models.ts';

/**
 * The version of Ollama whose API is followed. Clients require a minimum: Copilot in VS Code 0.6.4, others 0.5 for
 * JSON schemas.
 */
const OLLAMA_VERSION = '0.17.4';

const config = { role: 'client', surface: ollamaSurface, anyBodyType: true } as const;
const tags = ['ollama'];
const NO_HEADERS = { node: null, lane: null, hints: [], noFallback: false };

/** `GET /api/tags`, `/api/ps` and `/api/version`, and `POST /api/show`: what Ollama's clients ask about models. */
export function registerOllamaModels(app: ControlPlane, ports: HttpPorts): void {
  const { registry } = ports;
  app.get(
    '/api/tags',
    {
      config,
      schema: {
        tags,
        summary: 'All names that a request may use, as Ollama lists models',
        description: 'Nodes and lanes by name, models by full id, each with a tag.',
        response: { 200: tagsSchema },
      },
    },
    () => tagsView(registry.snapshot),
  );
  app.get(
    '/api/ps',
    {
      config,
      schema: { tags, summary: 'Loaded models of local servers', response: { 200: runningSchema } },
    },
    () => runningView(registry.snapshot),
  );
  app.get(
    '/api/version',
    {
      config,
      schema: {
        tags,
        summary: 'The version of Ollama whose API this is',
        response: { 200: z.object({ version: z.string() }) },
      },
    },
    () => ({ version: OLLAMA_VERSION }),
  );
  app.post(
    '/api/show',
    {
      config,
      schema: {
        tags,
        summary: 'One node, lane or model, as Ollama describes a model',
        description: 'By any name that a request may use, in `model`, or as older clients in `name`.',
        body: z.object({ model: z.string().optional(), name: z.string().optional() }),
        response: { 200: shownSchema },
      },
    },
    ({ body }) => {
      const model = body.model ?? body.name ?? '';
      if (model === '') throw new GatewayError('invalid_body', 'model is required', { param: 'model' });
      const { snapshot } = registry;
      return shownView(
        resolveName({ facts: { ...PLAIN_CHAT, model }, headers: NO_HEADERS }, snapshot),
        snapshot,
      );
    },
  );
}
