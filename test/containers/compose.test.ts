import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { readEnvironment } from '../../src/config/environment/process-settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { compose, composeText, flag, interpolate, seconds, type Service } from './compose-file.ts';

const root = join(import.meta.dirname, '..', '..');
const { laneway, 'inference-vllm': vllm, 'inference-llamacpp': llamacpp } = compose.services;
if (laneway === undefined || vllm === undefined || llamacpp === undefined)
  throw new Error('a service is missing');
const engines: [string, Service][] = [
  ['inference-vllm', vllm],
  ['inference-llamacpp', llamacpp],
];
const required = { ENGINE_API_KEY: 'fake-engine-key', RENDER_GID: '992', VIDEO_GID: '44' };

describe('the gateway', () => {
  test('reaches both engines by name, with their key, and counts them as local', async () => {
    const environment = Object.fromEntries(
      Object.entries(laneway.environment ?? {}).map(([name, value]) => [
        name,
        interpolate(String(value), required),
      ]),
    );
    const config = await loadConfig({
      directory: join(root, 'no-such-folder'),
      shippedDirectory: join(root, 'config'),
      providerTypes: PROVIDER_TYPES.map(({ settings }) => settings),
      environment,
    });
    expect(config.providers['vllm']).toMatchObject({
      base_url: 'http://inference-vllm:8000/v1',
      local: true,
    });
    expect(config.providers['llamacpp']).toMatchObject({
      base_url: 'http://inference-llamacpp:8080',
      local: true,
    });
    for (const id of ['vllm', 'llamacpp'])
      expect(config.providers[id]?.api_key).toMatch(/^env:LANEWAY_PROVIDER_/);
    expect(readEnvironment(environment)).toMatchObject({
      host: '0.0.0.0',
      port: 4600,
      dataDirectory: '/data',
    });
  });

  test('gets only variables that Laneway reads', async () => {
    const environment = Object.fromEntries(
      Object.keys(laneway.environment ?? {}).map((name) => [
        name,
        name.endsWith('_URL') ? 'http://a.invalid' : 'x',
      ]),
    );
    const config = await loadConfig({
      directory: join(root, 'no-such-folder'),
      shippedDirectory: join(root, 'config'),
      providerTypes: PROVIDER_TYPES.map(({ settings }) => settings),
      environment,
    });
    expect(config.warnings.filter((line) => line.startsWith('environment: '))).toEqual([]);
    expect(Object.keys(environment).filter((name) => !name.startsWith('LANEWAY_'))).toEqual([]);
  });

  test('a variable that must be set says how, and all others have a default', () => {
    const used = [...composeText.matchAll(/\$\{([A-Z_]+)(:[-?])?/g)].map(([, name = '', rest]) => ({
      name,
      rest,
    }));
    const open = used.filter(({ name, rest }) => rest === undefined && !(name in required));
    expect(used.length).toBeGreaterThan(10);
    expect(open).toEqual([]);
    for (const name of Object.keys(required))
      expect(composeText).toContain(`\${${name}:?set ${name} in .env`);
  });

  test('runs without root, without a writable root and with time to drain', () => {
    expect(laneway).toMatchObject({ read_only: true, init: true, cap_drop: ['ALL'] });
    expect(laneway.security_opt).toContain('no-new-privileges:true');
    expect(seconds(laneway.stop_grace_period ?? '0s')).toBeGreaterThan(30);
    expect(laneway.devices).toBeUndefined();
  });

  test('the variables it needs stand in .env.example', () => {
    const example = readFileSync(join(root, '.env.example'), 'utf8');
    for (const name of ['COMPOSE_PROFILES', 'ENGINE_API_KEY', 'RENDER_GID', 'VIDEO_GID', 'MODELS_DIR']) {
      expect(example).toMatch(new RegExp(`^#? ?${name}=`, 'm'));
    }
    expect(example).toMatch(/^#? ?COMPOSE_PROFILES=llama-only/m);
  });
});

describe('local engines H4 1: one vLLM for one base model', () => {
  test.each([
    '--served-model-name',
    '--max-model-len',
    '--max-num-seqs',
    '--kv-cache-memory-bytes',
    '--gpu-memory-utilization',
    '--shutdown-timeout',
  ])('it says %s', (name) => {
    expect(flag(vllm, name)).not.toBeNull();
  });

  test('one model, an own port, a low share of memory, and an optional profile', () => {
    expect(vllm.command?.filter((word) => word.startsWith('--model='))).toHaveLength(1);
    expect(flag(vllm, '--port')).toBe('8000');
    expect(Number(interpolate(flag(vllm, '--gpu-memory-utilization') ?? '', {}))).toBeLessThanOrEqual(0.4);
    expect(vllm.profiles).toEqual(['balanced']);
  });
});

describe('local engines H4 2: a llama-server that decides nothing by itself', () => {
  test.each([
    ['--host', '0.0.0.0'],
    ['--port', '8080'],
    ['-ngl', '999'],
    ['-fa', 'on'],
    ['--load-mode', 'none'],
  ])('it says %s %s', (name, value) => {
    expect(flag(llamacpp, name)).toBe(value);
  });

  test('no loading on a request, quantised KV, a bounded cache, metrics', () => {
    expect(llamacpp.command).toEqual(expect.arrayContaining(['--no-models-autoload', '--metrics']));
    for (const name of ['-ctk', '-ctv', '--cache-ram']) expect(flag(llamacpp, name)).not.toBeNull();
  });

  test('context and slots of each model are explicit, in the preset and not on the command line, which would win', () => {
    expect([flag(llamacpp, '-c'), flag(llamacpp, '-np')]).toEqual([null, null]);
    const preset = interpolate(compose.configs['llamacpp-models']?.content ?? '', {});
    expect(preset).toMatch(/\[\*\][^[]*^c = \d+$/m);
    expect(preset).toMatch(/\[\*\][^[]*^np = \d+$/m);
    expect(preset.match(/^model = \/models\//gm)).toHaveLength(3);
    // Which of them is in memory is Laneway's decision.
    expect(preset).not.toContain('load-on-startup');
  });

  test('its models have the names that the shipped lanes ask for', () => {
    const files = ['models.json', 'user_profiles/strix-halo.json'];
    const shipped = files.map((file) => readFileSync(join(root, 'config', file), 'utf8')).join('');
    const preset = compose.configs['llamacpp-models']?.content ?? '';
    for (const [, name] of preset.matchAll(/^\[([^*\]]+)\]$/gm))
      expect(shipped).toContain(`"llamacpp/${name}"`);
    expect(shipped).toContain(`"vllm/${interpolate(flag(vllm, '--served-model-name') ?? '', {})}"`);
  });
});

describe('local engines H4 3: the gateway is the only way in', () => {
  test.each(engines)('%s publishes no port and hangs on a network without a way out', (_, engine) => {
    expect(engine.ports).toBeUndefined();
    expect(engine.networks).toEqual(['engines']);
    expect(compose.networks['engines']).toEqual({ internal: true });
  });

  test('the file says why', () => {
    expect(composeText).toMatch(/No `ports:` on purpose\./);
  });

  test('both engines demand a key, which nobody can forget to set', () => {
    expect(vllm.environment).toHaveProperty('VLLM_API_KEY');
    expect(llamacpp.environment).toHaveProperty('LLAMA_API_KEY');
    expect(() => interpolate(JSON.stringify(laneway.environment), {})).toThrow(/ENGINE_API_KEY/);
  });

  test('the gateway itself is published on loopback unless said otherwise', () => {
    expect(interpolate(laneway.ports?.[0] ?? '', {})).toBe('127.0.0.1:4600:4600');
  });
});

describe('local engines H4 4: devices, and no more rights than they need', () => {
  test.each(engines)('%s has the GPU, groups by number, and is not privileged', (_, engine) => {
    expect(engine.devices).toContain('/dev/dri');
    expect(engine.privileged).toBeUndefined();
    const groups = engine.group_add?.map((group) => interpolate(String(group), required));
    expect(groups).toEqual(['992', '44']);
  });

  test('vLLM has the compute device and shared memory', () => {
    expect(vllm.devices).toContain('/dev/kfd');
    expect(vllm.shm_size ?? vllm.ipc).toBeDefined();
  });
});

describe('local engines H4 5: the sizes add up', () => {
  const { physical, reserve, pool, profiles } = compose['x-memory-gib'];

  test('the pool leaves the host its reserve', () => {
    expect(pool).toBeLessThanOrEqual(physical - reserve);
  });

  test.each(Object.entries(profiles))(
    'profile %s fits the pool, and counts the engines that it starts',
    (name, sizes) => {
      const sum = Object.values(sizes).reduce((total, size) => total + size, 0);
      expect(sum).toBeLessThanOrEqual(pool);
      const started = engines.filter(([, { profiles: of }]) => of?.includes(name)).map(([engine]) => engine);
      expect(Object.keys(sizes).sort()).toEqual(started.sort());
    },
  );

  test('a burst is a setting of a lane and no profile, which somebody would have to change', () => {
    expect(Object.keys(profiles).sort()).toEqual(['balanced', 'llama-only']);
  });

  test.each(engines)(
    '%s has a limit for its host side, and the file says what that does not bound',
    (_, engine) => {
      expect(engine.mem_limit).toMatch(/^\d+g$/);
      expect(composeText).toContain('what the GPU maps is not charged to it');
    },
  );
});

describe('local engines H4 6: starts, stops and crashes', () => {
  test.each(engines)(
    '%s has minutes to start, is not restarted for ever, and may finish what it does',
    (_, engine) => {
      expect(seconds(engine.healthcheck?.start_period ?? '0s')).toBeGreaterThanOrEqual(300);
      expect(engine.restart).toMatch(/^(no|on-failure)/);
      const shutdown = Number(flag(engine, '--shutdown-timeout') ?? 0);
      expect(seconds(engine.stop_grace_period ?? '0s')).toBeGreaterThan(shutdown);
      expect(engine.init).toBe(true);
      expect(engine.image).toMatch(/^\$\{[A-Z_]+_IMAGE:-.+\}$/);
      expect(engine.volumes?.filter((volume) => volume.includes(':/models'))).toEqual([
        expect.stringMatching(/:ro$/),
      ]);
    },
  );
});

describe('local engines H4 7 and 8: nobody holds the container engine, nobody sleeps', () => {
  test('the raw socket is mounted nowhere', () => {
    expect(composeText).not.toContain('docker.sock');
  });

  test('vLLM has no development endpoints', () => {
    expect(composeText).not.toContain('VLLM_SERVER_DEV_MODE');
  });
});
