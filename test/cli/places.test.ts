import { expect, test } from 'vitest';
import { placesOf, type Surroundings } from '../../src/cli/places.ts';

const at = (
  packageRoot: string,
  workingDirectory: string,
  variables: Readonly<Record<string, string>> = {},
  platform: NodeJS.Platform = 'linux',
): Surroundings => ({
  ...{ packageRoot, workingDirectory, variables, platform },
  home: () => (platform === 'win32' ? 'C:\\Users\\me' : '/home/me'),
});

const HERE = { config: 'config', data: 'data', dotEnv: '.env' };

test.each([
  ['in the repository', '/srv/laneway', '/srv/laneway'],
  ['with the repository elsewhere', '/srv/laneway', '/tmp/empty'],
  ['in an image', '/app', '/app'],
  ['with npx', '/home/me/.npm/_npx/04126f397e1e291c/node_modules/laneway', '/tmp/an empty folder'],
  ['in the project that it is installed in', '/srv/project/node_modules/laneway', '/srv/project'],
  ['in a folder of that project', '/srv/project/node_modules/laneway', '/srv/project/deploy/box'],
  ['with pnpm', '/srv/project/node_modules/.pnpm/laneway@1/node_modules/laneway', '/srv/project'],
])('configuration, state and .env are in the current folder %s', (_, packageRoot, workingDirectory) => {
  expect(placesOf(at(packageRoot, workingDirectory))).toEqual(HERE);
});

const GLOBAL = '/usr/lib/node_modules/laneway';

test.each([
  ['installed globally', GLOBAL, '/srv/project'],
  ['with a prefix below the current folder', '/tmp/x/lib/node_modules/laneway', '/tmp/x'],
  ['started from a folder with a similar name', '/srv/a/node_modules/laneway', '/srv/ab'],
])('they are in the folders of the user when the package is %s', (_, packageRoot, workingDirectory) => {
  expect(placesOf(at(packageRoot, workingDirectory))).toEqual({
    config: '/home/me/.config/laneway',
    data: '/home/me/.local/state/laneway',
    dotEnv: '/home/me/.config/laneway/.env',
  });
});

test('the XDG variables move the folders of the user, unless they are relative', () => {
  const absolute = { XDG_CONFIG_HOME: '/xdg/config', XDG_STATE_HOME: '/xdg/state' };
  const moved = {
    config: '/xdg/config/laneway',
    data: '/xdg/state/laneway',
    dotEnv: '/xdg/config/laneway/.env',
  };
  expect(placesOf(at(GLOBAL, '/', absolute))).toEqual(moved);
  expect(placesOf(at(GLOBAL, '/', absolute, 'darwin'))).toEqual(moved);
  expect(placesOf(at(GLOBAL, '/', { XDG_CONFIG_HOME: 'config', XDG_STATE_HOME: '' }))).toMatchObject({
    config: '/home/me/.config/laneway',
    data: '/home/me/.local/state/laneway',
  });
});

test('macOS and Windows have folders of their own', () => {
  expect(placesOf(at(GLOBAL, '/', {}, 'darwin'))).toMatchObject({
    config: '/home/me/Library/Application Support/laneway/config',
    data: '/home/me/Library/Application Support/laneway/data',
  });
  const root = 'C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\laneway';
  expect(placesOf(at(root, 'D:\\work', { APPDATA: 'C:\\Users\\me\\AppData\\Roaming' }, 'win32'))).toEqual({
    config: 'C:\\Users\\me\\AppData\\Roaming\\laneway\\config',
    data: 'C:\\Users\\me\\AppData\\Local\\laneway\\data',
    dotEnv: 'C:\\Users\\me\\AppData\\Roaming\\laneway\\config\\.env',
  });
  const project = 'D:\\work\\node_modules\\laneway';
  expect(placesOf(at(project, 'd:\\work\\box', {}, 'win32'))).toEqual(HERE);
});

test('.env of a global installation is in the directory that LANEWAY_CONFIG_DIR names', () => {
  expect(placesOf(at(GLOBAL, '/', { LANEWAY_CONFIG_DIR: '/etc/laneway' })).dotEnv).toBe('/etc/laneway/.env');
});

test('a user without a home folder has the current folder’s, unless variables name the others', () => {
  const homeless = (variables: Readonly<Record<string, string>>): Surroundings => ({
    ...at(GLOBAL, '/srv', variables),
    home: () => null,
  });
  expect(placesOf(homeless({}))).toEqual(HERE);
  expect(placesOf(homeless({ XDG_CONFIG_HOME: '/xdg' }))).toEqual(HERE);
  expect(placesOf(homeless({ XDG_CONFIG_HOME: '/xdg', XDG_STATE_HOME: '/xdg' })).data).toBe('/xdg/laneway');
});
