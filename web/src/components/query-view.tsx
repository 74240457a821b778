import type { UseQueryResult } from '@tanstack/react-query';
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { StateShape } from './icons.tsx';

/** For lists that others change too, on the command line or in another window: asked when the page is opened, and now and then. */
export const changedElsewhere = { refetchOnMount: 'always', refetchInterval: 30_000 } as const;

interface QueryViewProps<T> {
  readonly query: UseQueryResult<T>;
  /** What is being loaded, for the error: `the agents`. */
  readonly what: string;
  /** The true shape of what comes; shown after 200 ms. */
  readonly skeleton: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** Loading, error and data of one question. An error beside old data is said above it: the data stays. */
export function QueryView<T>({ query, what, skeleton, children }: QueryViewProps<T>) {
  if (query.data === undefined && query.error === null)
    return (
      <div className="appear-late" aria-busy="true" aria-label={`loading ${what}`} role="status">
        {skeleton}
      </div>
    );
  return (
    <>
      {query.error !== null && (
        <div className="notice tone-bad" role="alert">
          <StateShape tone="bad" />
          <p>
            Could not load {what}: {query.error.message}.
          </p>
          <Button size="compact-sm" variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
            Try again
          </Button>
        </div>
      )}
      {query.data !== undefined && children(query.data)}
    </>
  );
}

interface EmptyProps {
  readonly children: ReactNode;
}

/** Nothing there yet: what it will show, and the one action that fills it. */
export function Empty({ children }: EmptyProps) {
  return <div className="empty">{children}</div>;
}

interface MissingProps {
  readonly query: UseQueryResult;
  readonly what: string;
  readonly children: ReactNode;
}

/** What an address names is not in the list it was looked for in: said once the list is there. */
export function Missing({ query, what, children }: MissingProps) {
  return (
    <QueryView query={query} what={what} skeleton={null}>
      {() => (
        <div className="notice">
          <StateShape tone="unknown" />
          <p>{children}</p>
        </div>
      )}
    </QueryView>
  );
}
