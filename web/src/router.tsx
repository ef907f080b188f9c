import { ModalsProvider } from '@mantine/modals';
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';

import { meQuery, setupQuery } from './api/queries';
import { Broken } from './components/Broken';
import { NotFound } from './components/NotFound';
import { inside } from './pages/session/inside';
import { Shell } from './shell/Shell';

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });

/** texts reads search parameters that are texts; others are left out. */
function texts<K extends string>(...names: K[]) {
  return (search: Record<string, unknown>): Partial<Record<K, string>> => {
    const out: Partial<Record<K, string>> = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'number') out[name] = String(value);
      else if (typeof value === 'string' && value !== '') out[name] = value;
    }
    return out;
  };
}

const searches = {
  login: texts('to', 'error'),
  connections: texts('q', 'state', 'sort', 'page'),
  connection: texts('tab', 'status', 'edit'),
  connect: texts('step', 'source', 'destination', 'draft'),
  run: texts('tab', 'status', 'reason', 'record'),
  source: texts('q', 'table'),
  destination: texts('q'),
};

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: searches.login,
  beforeLoad: async ({ context, search }) => {
    if ((await context.queries.ensureQueryData(setupQuery)).needed) throw redirect({ to: '/setup' });
    if (await context.queries.ensureQueryData(meQuery)) throw redirect({ href: inside(search.to) });
  },
  component: lazyRouteComponent(() => import('./pages/session/Login')),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: async ({ context }) => {
    if (!(await context.queries.ensureQueryData(setupQuery)).needed) throw redirect({ to: '/login' });
  },
  component: lazyRouteComponent(() => import('./pages/session/FirstUser')),
});

/** app is everything that somebody must be logged in for. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    const me = await context.queries.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: '/login', search: { to: location.href } });
    return { me };
  },
  component: Shell,
});

const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/Overview')),
});

const connections = createRoute({
  getParentRoute: () => app,
  path: '/connections',
  validateSearch: searches.connections,
  component: lazyRouteComponent(() => import('./pages/connections/Connections')),
});

const connection = createRoute({
  getParentRoute: () => app,
  path: '/connections/$name',
  validateSearch: searches.connection,
  component: lazyRouteComponent(() => import('./pages/connection/Connection')),
});

const connect = createRoute({
  getParentRoute: () => app,
  path: '/connect',
  validateSearch: searches.connect,
  component: lazyRouteComponent(() => import('./pages/connect/Connect')),
});

const run = createRoute({
  getParentRoute: () => app,
  path: '/runs/$id',
  validateSearch: searches.run,
  component: lazyRouteComponent(() => import('./pages/run/Run')),
});

const sources = createRoute({
  getParentRoute: () => app,
  path: '/sources',
  component: lazyRouteComponent(() => import('./pages/sources/Sources')),
});
const source = createRoute({
  getParentRoute: () => app,
  path: '/sources/$name',
  validateSearch: searches.source,
  component: lazyRouteComponent(() => import('./pages/sources/Source')),
});
const destinations = createRoute({
  getParentRoute: () => app,
  path: '/destinations',
  component: lazyRouteComponent(() => import('./pages/destinations/Destinations')),
});
const destination = createRoute({
  getParentRoute: () => app,
  path: '/destinations/$name',
  validateSearch: searches.destination,
  component: lazyRouteComponent(() => import('./pages/destinations/Destination')),
});

const people = createRoute({
  getParentRoute: () => app,
  path: '/people',
  component: lazyRouteComponent(() => import('./pages/people/LookUp')),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings/{-$section}',
  component: lazyRouteComponent(() => import('./pages/settings/Settings')),
});

const tree = root.addChildren([
  login,
  setup,
  app.addChildren([
    overview,
    connections,
    connection,
    connect,
    run,
    sources,
    source,
    destinations,
    destination,
    people,
    settings,
  ]),
]);

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    // Inside of the router, so that dialogs can have links.
    InnerWrap: ModalsProvider,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: Broken,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
