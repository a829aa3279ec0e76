import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

import { switchEvent } from '../../src/http/events/sources.ts';
import { GatewayError } from '../../src/protocol/errors.ts';
import { anthropicSurface } from '../../src/wire/surfaces/anthropic.ts';
import { openAiSurface } from '../../src/wire/surfaces/openai.ts';
import { laneOver, startGateway } from '../support/gateway.ts';
import { EXAMPLES, NOT_BUILT_YET, type Example } from './examples-table.ts';
import { ApiSchemas, misfits } from './openapi-schemas.ts';

const FOLDER = join(import.meta.dirname, 'examples');
/** Examples that are not the body of one call; each has a test below. */
const OTHERS = [
  'anthropic-error.reply.json',
  'error-detail.reply.json',
  'error-event.sse',
  'error.reply.json',
  'profile-file.json',
  'switch-event.sse',
  'target-comment.sse',
];

let api: ApiSchemas;
beforeAll(async () => {
  const laneway = await startGateway({ config: laneOver(['http://127.0.0.1:1']), discover: false });
  api = new ApiSchemas(await laneway.get('/docs/json'));
  await laneway.stop();
});

function text(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

function json(file: string): Record<string, unknown> {
  return JSON.parse(text(file)) as Record<string, unknown>;
}

/** The example with the fields that the gateway adds to it. */
function filled({ file, added = {} }: Example): unknown {
  const value = json(file);
  for (const [path, field] of Object.entries(added)) {
    const steps = path.split('.');
    const last = steps.pop()!;
    let at = value;
    for (const step of steps) at = at[step] as Record<string, unknown>;
    expect(at, `${path} of ${file} is in the example already`).not.toHaveProperty(last);
    at[last] = field;
  }
  return value;
}

function schemaOf({ call, part }: Example): ReturnType<ApiSchemas['reply']> {
  return part === 'request' ? api.request(call) : api.reply(call, part);
}

test('every file in examples/ is checked', () => {
  const files = [...EXAMPLES.map(({ file }) => file), ...OTHERS];
  expect(readdirSync(FOLDER).toSorted()).toEqual(files.toSorted());
});

const built = EXAMPLES.filter(
  ({ call, unavailable }) => !NOT_BUILT_YET.includes(call) && unavailable === undefined,
);

test.each(built)('$call: $file fits the schema of the route, key for key', (example) => {
  const schema = schemaOf(example);
  expect(schema, `${example.call} describes no ${example.part}`).not.toBeNull();
  const value = filled(example);
  expect(misfits(schema!, value)).toEqual([]);
  // A schema that accepts anything would pass too.
  expect(misfits(schema!, 'a text')).not.toEqual([]);
  if (!/config|resolve-chat/.test(example.file)) {
    expect(misfits(schema!, { ...(value as object), no_such_field: 1 })).not.toEqual([]);
  }
});

test.each(NOT_BUILT_YET)('%s does not exist yet; once it does, its examples belong to EXAMPLES', (call) => {
  expect(api.calls).not.toContain(call);
});

test.each(EXAMPLES.filter(({ unavailable }) => unavailable !== undefined))(
  '$call: $file cannot be returned yet ($unavailable)',
  (example) => {
    expect(misfits(schemaOf(example)!, filled(example))).not.toEqual([]);
  },
);

describe('examples that are not the body of one call', () => {
  test('the error envelope, with and without detail', () => {
    expect(misfits(api.error(), json('error.reply.json'))).toEqual([]);
    expect(misfits(api.error(), json('error-detail.reply.json'))).toEqual([]);
    const { message, detail } = json('error-detail.reply.json')['error'] as Record<string, string>;
    const real = openAiSurface
      .errorBody(new GatewayError('unfit_target', message!, { detail }), '')
      .toString();
    expect(JSON.parse(real)).toEqual(json('error-detail.reply.json'));
  });

  test('the error event of a stream, byte for byte', () => {
    const message = 'groq/llama-3.3-70b-versatile reset the connection; the reply is incomplete';
    const real = openAiSurface.errorEvent(new GatewayError('upstream_disconnected', message), '');
    expect(real.toString()).toBe(text('error-event.sse'));
  });

  test('the comment with the target of a stream that began with pings, byte for byte', () => {
    const real = openAiSurface.targetComment('groq/llama-3.3-70b-versatile');
    expect(real.toString()).toBe(text('target-comment.sse'));
  });

  test('the switch event', () => {
    const [id, event, data] = text('switch-event.sse').trimEnd().split('\n');
    expect([id, event]).toEqual(['id: mk8v1x2a0-7', 'event: switch']);
    const shown = JSON.parse(data!.replace(/^data: /, '')) as Record<string, unknown>;
    const real = switchEvent({
      key: { user: null, subject: 'evaluate' },
      from: 'anthropic/claude-haiku-4-5-20251001',
      to: 'groq/llama-3.3-70b-versatile',
      action: 'switch',
      actor: 'local',
      reason: 'cheaper',
      generation: 13,
    });
    expect(real).toEqual({ ...shown, user: null, generation: 13 });
  });

  test('the error envelope of the Anthropic surface', () => {
    const shown = json('anthropic-error.reply.json');
    const error = new GatewayError(
      'model_not_found',
      'unknown model "nope"; GET /v1/models lists the names',
      {
        param: 'model',
      },
    );
    expect(JSON.parse(anthropicSurface.errorBody(error, String(shown['request_id'])).toString())).toEqual(
      shown,
    );
  });

  test('the file of a profile holds what the call that adds it takes', () => {
    const { description, ...config } = json('profile-file.json');
    const body = { name: 'coding', description, config };
    expect(misfits(api.request('POST /api/profiles')!, body)).toEqual([]);
  });
});
