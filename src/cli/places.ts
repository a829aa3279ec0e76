import { posix, win32 } from 'node:path';

/** Where the gateway and the command line look for files that no variable names. */
export interface Places {
  /** The directory of `models.json`, for which `LANEWAY_CONFIG_DIR` is not set. */
  readonly config: string;
  /** The state directory, for which `LANEWAY_DATA_DIR` is not set. */
  readonly data: string;
  /** The path of `.env`. */
  readonly dotEnv: string;
}

/** What the places depend on. */
export interface Surroundings {
  /** Absolute, without symbolic links, as are the next. */
  readonly packageRoot: string;
  readonly workingDirectory: string;
  /** The environment, without `.env`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home folder; null: there is none. Only called where it is needed. */
  readonly home: () => string | null;
}

const HERE: Places = { config: 'config', data: 'data', dotEnv: '.env' };

/**
 * The working directory's `config`, `data` and `.env` in a checkout, with `npx` and in the project that the package is
 * installed in; the user's own folders where it is installed anywhere else, which is what `npm i -g` does. What the
 * working directory contains does not matter: many projects have a `config`. A user without a home folder has only the
 * working directory's, unless variables name folders for both.
 */
export function placesOf(surroundings: Surroundings): Places {
  const { platform, variables } = surroundings;
  const { join } = platform === 'win32' ? win32 : posix;
  if (!isForUser(surroundings)) return HERE;
  const folders = userFolders(surroundings);
  if (folders === null) return HERE;
  const { config, data } = folders;
  const given = variables['LANEWAY_CONFIG_DIR']?.trim() ?? '';
  return { config, data, dotEnv: join(given === '' ? config : given, '.env') };
}

/** Installed, and neither for `npx` nor in the project of the working directory. */
function isForUser({ packageRoot, workingDirectory, platform }: Surroundings): boolean {
  const { sep, relative, isAbsolute } = platform === 'win32' ? win32 : posix;
  const parts = packageRoot.split(sep);
  const at = parts.indexOf('node_modules');
  // npx installs packages in a folder of this name in npm's cache.
  if (at === -1 || parts.includes('_npx')) return false;
  const project = parts.slice(0, at).join(sep);
  const way = relative(project === '' ? sep : project, workingDirectory);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}

/**
 * By the XDG base directory specification, which ignores relative paths; else as is usual on the platform. null: there is
 * no home folder, which one of them is in.
 */
function userFolders({ platform, variables, home }: Surroundings): Pick<Places, 'config' | 'data'> | null {
  const { join, isAbsolute } = platform === 'win32' ? win32 : posix;
  const usual = USUAL_FOLDERS[platform] ?? XDG_FOLDERS;
  const folder = (xdg: string, { variable, below, name }: UserFolder): string | null => {
    const given = [xdg, variable].map((each) => variables[each] ?? '');
    const [first = '', second = ''] = given.map((path) => (isAbsolute(path) ? path : ''));
    if (first !== '') return join(first, 'laneway');
    if (second !== '') return join(second, name);
    const own = home();
    return own === null ? null : join(own, below, name);
  };
  const config = folder('XDG_CONFIG_HOME', usual.config);
  const data = folder('XDG_STATE_HOME', usual.data);
  return config === null || data === null ? null : { config, data };
}

/** `name` in the folder of the variable, or in that below the home folder. */
interface UserFolder {
  readonly variable: string;
  readonly below: string;
  readonly name: string;
}

type UserFolders = Readonly<Record<'config' | 'data', UserFolder>>;

const XDG_FOLDERS: UserFolders = {
  config: { variable: 'XDG_CONFIG_HOME', below: '.config', name: 'laneway' },
  data: { variable: 'XDG_STATE_HOME', below: '.local/state', name: 'laneway' },
};

const USUAL_FOLDERS: Readonly<Partial<Record<NodeJS.Platform, UserFolders>>> = {
  darwin: {
    config: { variable: '', below: 'Library/Application Support', name: 'laneway/config' },
    data: { variable: '', below: 'Library/Application Support', name: 'laneway/data' },
  },
  win32: {
    config: { variable: 'APPDATA', below: 'AppData/Roaming', name: 'laneway/config' },
    data: { variable: 'LOCALAPPDATA', below: 'AppData/Local', name: 'laneway/data' },
  },
};
