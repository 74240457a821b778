import { createRootRoute, createRoute, createRouter, Outlet, useNavigate } from '@tanstack/react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from '@mantine/core';
import { useCallback, useEffect } from 'react';
import { ApiError } from './api/api-error.ts';
import { signOut } from './api/changes.ts';
import { Shell } from './components/shell.tsx';
import { LiveProvider } from './live/live-context.tsx';
import { AgentPage } from './pages/agents/agent-page.tsx';
import { AgentsPage } from './pages/agents/agents-page.tsx';
import { DestinationPage } from './pages/destinations/destination-page.tsx';
import { DestinationsPage } from './pages/destinations/destinations-page.tsx';
import { JobPage } from './pages/jobs/job-page.tsx';
import { jobSearch } from './pages/jobs/job-search.ts';
import { JobsPage } from './pages/jobs/jobs-page.tsx';
import { listSearch } from './pages/list-search.ts';
import { LoginPage } from './pages/login/login-page.tsx';
import { OverviewPage } from './pages/overview/overview-page.tsx';
import { viewOf, viewSearch } from './pages/view-search.ts';
import { useServices } from './services.tsx';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search: Record<string, unknown>): { ended?: true; next?: string } => ({
    ...(search['ended'] === true ? { ended: true } : {}),
    ...(isOwnPath(search['next']) ? { next: search['next'] } : {}),
  }),
  component: function Login() {
    const { ended, next } = login.useSearch();
    return <LoginPage ended={ended === true} next={next ?? '/'} />;
  },
});

/** Only a path of this page may follow a sign-in: never an address somebody put into a link. */
function isOwnPath(next: unknown): next is string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next);
}

const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: SignedIn });

/** Everything behind the sign-in: asks for the session first, and goes to the sign-in where there is none. */
function SignedIn() {
  const { queries, live, client, removals } = useServices();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const session = useQuery(queries.session());
  const over = session.error instanceof ApiError && session.error.sessionOver;
  const leave = useCallback(
    (ended: boolean) => {
      const { pathname, search } = window.location;
      cache.clear();
      void navigate({ to: '/login', search: { ...(ended && { ended }), ...(pathname + search !== '/' && { next: pathname + search }) } });
    },
    [cache, navigate],
  );
  const onOver = useCallback(() => {
    leave(true);
  }, [leave]);
  useEffect(() => {
    if (over) leave(session.data !== undefined);
  }, [over, leave, session.data]);
  if (session.data === undefined || over)
    return session.error === null || over ? null : <Unreachable error={session.error} retry={() => void session.refetch()} />;
  return (
    <LiveProvider socket={live} onOver={onOver}>
      <Shell
        onSignOut={() => {
          removals.leave();
          void signOut(client).finally(() => {
            cache.clear();
            void navigate({ to: '/login' });
          });
        }}
      />
    </LiveProvider>
  );
}

function Unreachable({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  return (
    <main className="login">
      <div className="login-box" role="alert">
        <h1>The dashboard cannot start</h1>
        <p>{error.message}. Check that the server is running (tacho health), then try again.</p>
        <Button onClick={retry}>Try again</Button>
      </div>
    </main>
  );
}

function NotFound() {
  return (
    <main className="login">
      <div className="login-box">
        <h1>There is no such page</h1>
        <p>
          <a href="/">Go to the overview</a>
        </p>
      </div>
    </main>
  );
}

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  validateSearch: viewSearch,
  component: function Overview() {
    return <OverviewPage view={viewOf(overview.useSearch())} />;
  },
});

const agents = createRoute({ getParentRoute: () => signedIn, path: '/agents', component: AgentsPage });

const agent = createRoute({
  getParentRoute: () => signedIn,
  path: '/agents/$agent',
  validateSearch: viewSearch,
  component: function OneAgent() {
    return <AgentPage view={viewOf(agent.useSearch())} agent={agent.useParams().agent} />;
  },
});

const destinations = createRoute({
  getParentRoute: () => signedIn,
  path: '/destinations',
  validateSearch: listSearch,
  component: function Destinations() {
    return <DestinationsPage search={destinations.useSearch()} />;
  },
});

const jobs = createRoute({
  getParentRoute: () => signedIn,
  path: '/jobs',
  validateSearch: listSearch,
  component: function Jobs() {
    return <JobsPage search={jobs.useSearch()} />;
  },
});

const job = createRoute({
  getParentRoute: () => signedIn,
  path: '/jobs/$job',
  validateSearch: jobSearch,
  component: function OneJob() {
    return <JobPage search={job.useSearch()} name={job.useParams().job} />;
  },
});

const destination = createRoute({
  getParentRoute: () => signedIn,
  path: '/destinations/$destination',
  validateSearch: viewSearch,
  component: function Destination() {
    return <DestinationPage view={{ ...viewOf(destination.useSearch()), destination: destination.useParams().destination }} />;
  },
});

export function createAppRouter() {
  return createRouter({
    routeTree: root.addChildren([login, signedIn.addChildren([overview, agents, agent, destinations, destination, jobs, job])]),
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
