import { ActionIcon, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useLive } from '../live/live-context.tsx';
import { NoticeArea } from '../notices/notice-area.tsx';
import { useServices } from '../services.tsx';
import { AgentIcon, DestinationIcon, JobIcon, MoonIcon, OverviewIcon, SignOutIcon, StateShape, SunIcon, SystemIcon } from './icons.tsx';
import { StaleNotice } from './stale-notice.tsx';

interface ShellProps {
  readonly onSignOut: () => void;
}

/** Navigation at the left, folded to icons where it is narrow and to a bar at the bottom on a phone. */
export function Shell({ onSignOut }: ShellProps) {
  const { queries } = useServices();
  const health = useQuery(queries.health());
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <nav className="nav" aria-label="Pages">
        <p className="brand">
          <img src="/favicon.svg" alt="" width="20" height="20" />
          <span>Tachograph</span>
        </p>
        <ul>
          <li>
            <Link to="/" activeOptions={{ exact: true, includeSearch: false }}>
              <OverviewIcon />
              <span>Overview</span>
            </Link>
          </li>
          <li>
            <Link to="/agents" activeOptions={{ includeSearch: false }}>
              <AgentIcon />
              <span>Agents</span>
            </Link>
          </li>
          <li>
            <Link to="/destinations" activeOptions={{ includeSearch: false }}>
              <DestinationIcon />
              <span>Destinations</span>
            </Link>
          </li>
          <li>
            <Link to="/jobs" activeOptions={{ includeSearch: false }}>
              <JobIcon />
              <span>Jobs</span>
            </Link>
          </li>
        </ul>
        <div className="nav-foot">
          <LiveMark />
          <SchemeToggle />
          <ActionIcon variant="subtle" color="gray" aria-label="Sign out" title="Sign out" onClick={onSignOut}>
            <SignOutIcon />
          </ActionIcon>
          <MoreLinks className="nav-more" />
          {health.data !== undefined && <span className="dim version">{health.data.version}</span>}
        </div>
      </nav>
      <main id="content" tabIndex={-1}>
        <StaleNotice />
        <Outlet />
        <footer className="page-foot">
          <MoreLinks className="page-more" />
        </footer>
      </main>
      <NoticeArea />
    </div>
  );
}

/** What is for programs rather than people: in the navigation, and where that is folded at the foot of the page. */
function MoreLinks({ className }: { readonly className: string }) {
  return (
    <ul className={className}>
      <li>
        <a href="/docs" target="_blank" rel="noreferrer">
          API docs
        </a>
      </li>
      <li>
        <a href="/metrics" target="_blank" rel="noreferrer">
          Metrics
        </a>
      </li>
    </ul>
  );
}

const words = { connecting: 'connecting', live: 'live', reconnecting: 'not live', over: 'signed out' } as const;

function LiveMark() {
  const { status } = useLive().state;
  const tone = status === 'live' ? 'good' : status === 'connecting' ? 'unknown' : 'attention';
  return (
    <span className={`state live-mark tone-${tone}`} title={`Live connection: ${words[status]}`}>
      <StateShape tone={tone} />
      <span>{words[status]}</span>
    </span>
  );
}

const nextScheme: Readonly<Record<MantineColorScheme, MantineColorScheme>> = { auto: 'light', light: 'dark', dark: 'auto' };
const schemeWords: Readonly<Record<MantineColorScheme, string>> = { auto: 'as the system', light: 'light', dark: 'dark' };

function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = `Colours: ${schemeWords[colorScheme]}. Change to ${schemeWords[nextScheme[colorScheme]]}`;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      onClick={() => {
        setColorScheme(nextScheme[colorScheme]);
      }}
    >
      {colorScheme === 'auto' ? <SystemIcon /> : colorScheme === 'light' ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  );
}
