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
    .describe('Same as the header Last-Event-ID, for clients that cannot set it.'),
});

/** `GET /api/events`: live events as a stream of server-sent events. */
export function registerEvents(app: ControlPlane, { events }: HttpPorts): void {
  // Event streams never end by themselves, and closing the server waits for every reply.
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
        summary: 'Live events, as server-sent events',
        description: DESCRIPTION,
        querystring: querySchema,
        response: {
          200: { description: 'Events.', content: { 'text/event-stream': { schema: z.string() } } },
        },
      },
    },
    (request, reply) => {
      // A stream has no generation.
      void reply.removeHeader('etag');
      const header = request.headers['last-event-id'];
      const lastEventId = typeof header === 'string' && header !== '' ? header : request.query.last_event_id;
      let stop = (): void => undefined;
      const stream = new SseReply(reply, request.id, () => {
        stop();
      });
      stop = events.subscribe(
        lastEventId === undefined || lastEventId === '' ? null : lastEventId.slice(0, ID_MAX),
        stream,
      );
    },
  );
}

const DESCRIPTION = [
  'Each event has an `id` (`RUN-N`), an `event` and JSON `data`. With `Last-Event-ID` the stream resumes after that',
  'event, within the last 200 events; an id from an earlier run of the gateway returns all of them. `event` is',
  '`switch`, `health`, `config`, `discovery`, `request` (in batches, at most 4 a second) or `pool`. A comment is sent every',
  '15 s; a reader that falls 1 MiB behind is disconnected.',
].join('\n');
