import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { RecentOf } from '../api/queries.ts';
import type { Result } from '../../../src/model/result.ts';
import { useServices } from '../services.tsx';
import { PauseIcon, PlayIcon } from './icons.tsx';
import { Panel } from './panel.tsx';
import { Empty, QueryView } from './query-view.tsx';
import { ResultsTable } from './results-table.tsx';
import { useHeldRows } from './use-held-rows.ts';

/** Rows of the live table. */
const ROWS = 50;

interface ResultsPanelProps {
  /** Whose results. */
  readonly of: RecentOf;
  readonly now: number;
  readonly empty: ReactNode;
}

/** The latest results as they arrive, with a button that stops them. */
export function ResultsPanel({ of, now, empty }: ResultsPanelProps) {
  const { queries } = useServices();
  const recent = useQuery(queries.recent(of));
  const held = useHeldRows<Result>((recent.data?.items ?? []).slice(0, ROWS));
  return (
    <Panel
      title="Latest results"
      actions={
        <Button
          size="xs"
          variant="default"
          leftSection={held.paused ? <PlayIcon /> : <PauseIcon />}
          aria-pressed={held.paused}
          onClick={() => {
            held.setPaused(!held.paused);
          }}
        >
          {held.paused ? 'Go on' : 'Pause'}
        </Button>
      }
    >
      <QueryView query={recent} what="the latest results" skeleton={<Skeleton height={160} />}>
        {() => (held.rows.length === 0 ? <Empty>{empty}</Empty> : <ResultsTable held={held} now={now} />)}
      </QueryView>
    </Panel>
  );
}
