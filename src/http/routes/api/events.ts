import { z } from 'zod';

import type { ControlPlane } from '../../control-plane.ts';
import type { HttpPorts } from '../../ports.ts';
import { SseReply } from '../../respond/sse-reply.ts';

const ID_MAX = 100;

const querySchema = z.strictObject({
  last_event_id: z
    .string()
    .max(ID_MAX)
    .optional()
    .describe('As the header Last-Event-ID, for clients that cannot set it.'),
});

/** `GET /api/events`: what happens, as it happens (API section 5). */
export function registerEvents(app: ControlPlane, { events }: HttpPorts): void {
  // Streams of events never end by themselves, and the server's end waits for every reply.
  app.addHook('preClose', (done) => {
    events.close();
    done();
  });

  app.get(
    '/api/events',
    {
      config: { role: 'admin' },
      // A reply to HEAD would never end.
      exposeHeadRoute: false,
      schema: {
        tags: ['events'],
        summary: 'What happens, as it happens: server-sent events',
        description: DESCRIPTION,
        querystring: querySchema,
        response: {
          200: { description: 'Events.', content: { 'text/event-stream': { schema: z.string() } } },
        },
      },
    },
    (request, reply) => {
      // A stream is no state that a generation names.
      void reply.removeHeader('etag');
      const header = request.headers['last-event-id'];
      const asked = typeof header === 'string' && header !== '' ? header : request.query.last_event_id;
      let stop = (): void => undefined;
      const stream = new SseReply(reply, request.id, () => {
        stop();
      });
      stop = events.subscribe(asked === undefined || asked === '' ? null : asked.slice(0, ID_MAX), stream);
    },
  );
}

const DESCRIPTION = [
  'Each event has an `id` (`START-N`), an `event` and JSON `data`. With `Last-Event-ID` the stream goes on after that',
  'event, as far as it is among the last 200; an id of another start gives all that is held. `event` is `switch`,',
  '`health`, `config`, `discovery`, `request` (batches, at most 4 a second) or `pool`. A comment comes every 15 s; a',
  'reader that falls 1 MiB behind is closed.',
].join('\n');
