/** The pages, with their names in the menu. */
export const PAGES = {
  switchboard: 'Switchboard',
  model: 'Model',
  requests: 'Requests',
  usage: 'Usage',
  playground: 'Playground',
  settings: 'Settings',
  engines: 'Engines',
} as const;

/** A page of the console. */
export type Page = keyof typeof PAGES;

/** What the address shows: `#/requests/req_…` is one request. */
export interface Route {
  readonly page: Page;
  /** The rest of the address; null: none. */
  readonly id: string | null;
}

/** The present route. */
export const route = $state({ now: routeOf(location.hash) });

addEventListener('hashchange', () => {
  route.now = routeOf(location.hash);
});

function routeOf(hash: string): Route {
  const [page = '', id = ''] = hash.replace(/^#\/?/, '').split('/');
  return { page: isPage(page) ? page : 'switchboard', id: id === '' ? null : decoded(id) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // An address that was cut or typed by hand.
    return text;
  }
}

function isPage(text: string): text is Page {
  return Object.hasOwn(PAGES, text);
}
