import { describe, expect, it } from 'vitest';
import { faultLines, load } from '../files.ts';

const YAML = `
# the lanes of this box
default_lane: coder
providers:
  ollama: { type: ollama }
lanes:
  coder: &local
    preferred: [ollama/a:1]
    cloud: false
    params: { temperature: 0.2 }
  writer:
    <<: *local
    description: writes
models:
  ollama/a:1:
    retired_at: 2026-08-16
`;

describe('models.yaml', () => {
  it('is used without a models.json, below user_models.json', async () => {
    const config = await load({ yaml: YAML, user: { lanes: { coder: { cloud: true } } } });
    expect(Object.keys(config.lanes)).toEqual(['coder', 'writer']);
    expect(config.lanes.coder).toMatchObject({ preferred: ['ollama/a:1'], cloud: true });
    expect(config.lanes.writer).toMatchObject({ cloud: false, params: { temperature: 0.2 } });
    expect(config.models['ollama/a:1']?.retired_at).toBe('2026-08-16');
    expect(config.warnings).toEqual([]);
  });

  it('is ignored next to a models.json, with a warning', async () => {
    const config = await load({ yaml: YAML, models: { lanes: { json: {} }, default_lane: 'json' } });
    expect(Object.keys(config.lanes)).toEqual(['json']);
    expect(config.warnings).toEqual([
      expect.stringMatching(
        /config\/models\.yaml: ignored, because models\.json exists in the same directory$/,
      ),
    ]);
  });

  it('is equivalent to the same file in JSON', async () => {
    const json = await load({ models: { lanes: { coder: { cloud: false } }, default_lane: 'coder' } });
    const yaml = await load({ yaml: 'lanes:\n  coder:\n    cloud: false\ndefault_lane: coder\n' });
    expect(yaml.fingerprint).toBe(json.fingerprint);
  });

  it('null has no effect in the weakest file, and a wrong key is reported with its path', async () => {
    expect((await load({ yaml: 'lanes:\n  coder:\n    description:\n' })).lanes.coder).toBeDefined();
    expect(await faultLines({ yaml: 'lanes:\n  coder:\n    prefered: []\n' })).toEqual([
      'config/models.yaml: lanes.coder.prefered: unknown key; did you mean "preferred"?',
    ]);
  });
});

describe('invalid YAML is reported with line and column, and without quoting the file', () => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    'a duplicate key': [
      'lanes:\n  coder: {}\n  coder: {}\n',
      'line 3, column 3: duplicate key "coder": it is already set above in the same object; keep one',
    ],
    'a tab': [
      'lanes:\n\tcoder: {}\n',
      'line 2, column 1: invalid YAML: tabs are not allowed for indentation; use spaces',
    ],
    'a bracket too many': ['lanes: {}}\n', 'line 1, column 10: invalid YAML: unexpected token'],
    'a secret in a wrong place': [
      'providers:\n  a: sk-fake-1\n   api_key: sk-fake-2\n',
      'line 2, column 6: invalid YAML: a mapping cannot start here; check indentation and colons',
    ],
    'two documents': [
      'lanes: {}\n---\nnodes: {}\n',
      'line 2, column 1: invalid YAML: a second document starts here; only one is allowed',
    ],
    'a tag': ['lanes: !secret sk-fake-1\n', 'line 1, column 8: invalid YAML: unknown tag (!name)'],
    'an undefined alias': [
      'lanes: *nowhere\n',
      'line 1, column 1: an alias (*name) is undefined, refers to itself or expands too far',
    ],
    'an alias inside itself': [
      'lanes: &a\n  coder: *a\n',
      'line 1, column 1: an alias (*name) is undefined, refers to itself or expands too far',
    ],
    'an empty file': ['# nothing\n', 'must contain one mapping (key: value)'],
    'a list': ['- lanes\n', 'must contain one mapping (key: value)'],
  };
  for (const [name, [yaml, line]] of Object.entries(cases)) {
    it(name, async () => {
      expect(await faultLines({ yaml })).toEqual([`config/models.yaml: ${line}`]);
    });
  }

  it('exponential alias expansion', async () => {
    const level = (name: string, below: string): string => `${name}: &${name} [${`*${below},`.repeat(9)}]\n`;
    const yaml = `a: &a [x]\n${'bcdefghi'
      .split('')
      .map((name, at) => level(name, 'abcdefghi'[at]!))
      .join('')}`;
    expect((await faultLines({ yaml }))[0]).toContain('an alias (*name)');
  });
});
