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
  /** The name in the address that is no page; null: it is one, or none is named. */
  readonly unknown: string | null;
  /** The rest of the path; null: none. */
  readonly id: string | null;
  /** What follows its `?`: what is shown of the page. */
  readonly query: URLSearchParams;
}

/** The present route. */
export const route = $state({ now: routeOf(location.hash) });

addEventListener('hashchange', () => {
  route.now = routeOf(location.hash);
});

/** Puts what a page shows into its address, so that a reload or a copied link shows the same; adds no step back. */
export function replaceQuery(page: Page, query: URLSearchParams): void {
  const text = query.toString();
  const address = `#/${page}${text === '' ? '' : `?${text}`}`;
  if (location.hash === address) return;
  history.replaceState(null, '', address);
  route.now = routeOf(address);
}

function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [page = '', id = ''] = path.split('/');
  return {
    page: isPage(page) ? page : 'switchboard',
    unknown: isPage(page) || page === '' ? null : decoded(page),
    id: id === '' ? null : decoded(id),
    query: new URLSearchParams(query),
  };
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
