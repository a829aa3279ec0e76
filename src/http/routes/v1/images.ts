import type { FastifyInstance } from 'fastify';

import { directSchema, registerDirect } from '../../direct-routes.ts';
import type { HttpPorts } from '../../ports.ts';

/** `POST /v1/images/generations`, `/v1/images/edits` and `/v1/images/variations`. */
export function registerImages(app: FastifyInstance, ports: HttpPorts): void {
  registerDirect(app, ports, 'openai-images-generations', {
    bodyExample: { model: 'openai/gpt-image-1', prompt: 'A cat' },
    schema: directSchema('Images', 'Makes images from a text.', 'images/create'),
  });
  registerDirect(app, ports, 'openai-images-edits', {
    bodyExample: { model: 'openai/gpt-image-1', prompt: 'With a hat', image: null },
    acceptsForms: true,
    schema: directSchema('Edited images', 'Makes images from images and a text.', 'images/createEdit'),
  });
  registerDirect(app, ports, 'openai-images-variations', {
    bodyExample: { model: 'openai/dall-e-2', image: null },
    acceptsForms: true,
    schema: directSchema(
      'Variations of an image',
      'Makes images that are like one.',
      'images/createVariation',
    ),
  });
}
