import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { areasOf, type Profile } from '../../bench/profile-areas.ts';

const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 0, columnNumber: 0 },
  children,
});

/** A sample each 10 µs of each function. */
const PROFILE: Profile = {
  startTime: 1000,
  nodes: [
    node(1, '(root)', '', [2, 3, 4, 5, 8]),
    node(2, '(idle)', ''),
    node(3, '(garbage collector)', ''),
    node(4, 'dispatch', 'file:///srv/node_modules/undici/lib/dispatcher/client.js', [6]),
    node(5, 'scan', 'file:///srv/laneway/src/wire/json/scan.ts', [7]),
    node(6, 'writev', ''),
    node(7, 'parse', ''),
    node(8, 'write', 'node:net'),
  ],
  samples: [2, 3, 4, 5, 6, 7, 8],
  timeDeltas: [10, 10, 10, 10, 10, 10, 10],
};

test('time is summed by area; what the engine does counts for its caller, and socket writes by themselves', () => {
  expect(Object.fromEntries(areasOf(PROFILE, 0, 2000))).toEqual({
    'garbage collection': 10,
    undici: 10,
    'src/wire/json/': 20,
    'system calls: writes': 10,
    'Node: sockets and streams': 10,
  });
});

test('own code is counted by its folder, however deep the file is', () => {
  const areas = ['src/main.ts', 'src/wire/wires.ts', 'src/wire/json/scan.ts', 'src/wire/json/a/b.ts'].map(
    (path) =>
      [
        ...areasOf({ ...PROFILE, nodes: [node(9, 'f', `file:///x/${path}`)], samples: [9] }, 0, 2000).keys(),
      ].join(),
  );
  expect(areas).toEqual(['src/', 'src/wire/', 'src/wire/json/', 'src/wire/json/']);
});

test('only the samples of the measured window count', () => {
  expect(Object.fromEntries(areasOf(PROFILE, 1025, 1045))).toEqual({ undici: 10, 'src/wire/json/': 10 });
});

test('a function of the build counts for the folder of its source', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-areas-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const built = join(folder, 'main.js');
  const map = { version: 3, names: [], sources: ['../src/wire/json/scan.ts'], mappings: 'AAIE' };
  writeFileSync(`${built}.map.gz`, gzipSync(JSON.stringify(map)));
  const profile = { ...PROFILE, nodes: [node(9, 'f', pathToFileURL(built).href)], samples: [9] };
  expect(Object.fromEntries(areasOf(profile, 0, 2000))).toEqual({ 'src/wire/json/': 10 });
});
