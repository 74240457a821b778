import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';
import { findKindDescription } from '../../../../src/model/kinds/index.ts';
import { Moment } from '../../components/moment.tsx';
import { Panel } from '../../components/panel.tsx';
import { useServices } from '../../services.tsx';
import { historyWords, kindHistory } from '../../words/history.ts';
import { kindTitle } from '../../words/metrics.ts';
import { dayText, sinceText } from '../../words/time.ts';
import { useNow } from '../../components/use-now.ts';
import { Fact, LabelsFact } from './facts.tsx';
import { usePostedKinds } from './use-posted-kinds.ts';

interface PostedPanelProps {
  readonly agent: Agent;
  readonly actions: ReactNode;
}

/** What is known of a machine that only posts: since when, until when, what, and how much of it. */
export function PostedPanel({ agent, actions }: PostedPanelProps) {
  const { queries } = useServices();
  const now = useNow();
  const kinds = usePostedKinds(agent);
  const recent = useQuery(queries.recent({ agent: agent.id })).data?.items ?? [];
  const [newest] = recent;
  return (
    <Panel title="About this machine" note="Its results are posted or imported: no agent of its own is known" actions={actions}>
      <dl className="facts">
        {newest !== undefined && (
          <Fact name="Newest result">
            <Moment at={newest.started_at} text={sinceText(newest.started_at, now)} />
          </Fact>
        )}
        {kinds.map((kind) => (
          <KindFact key={kind} agent={agent} kind={kind} metric={metricOf(kind, recent.find((result) => result.kind === kind)?.metrics ?? {})} />
        ))}
        <LabelsFact agent={agent} />
      </dl>
    </Panel>
  );
}

/** The metric whose history says how many results there are: the headline, or any of a kind that is not described. */
function metricOf(kind: string, metrics: Readonly<Record<string, number>>): string | null {
  return findKindDescription(kind)?.primary[0] ?? Object.keys(metrics)[0] ?? null;
}

interface KindFactProps {
  readonly agent: Agent;
  readonly kind: string;
  readonly metric: string | null;
}

function KindFact({ agent, kind, metric }: KindFactProps) {
  const { queries } = useServices();
  const history = useQuery({
    ...queries.history({ kind, metrics: metric === null ? [] : [metric], of: { agent: agent.name } }),
    enabled: metric !== null,
  });
  const known = kindHistory(history.data ?? []);
  return (
    <Fact name={kindTitle(kind)}>
      {known === null ? (
        <span className="dim">{metric === null || history.data !== undefined ? 'some results' : '\u00a0'}</span>
      ) : (
        <>
          {historyWords(known)} <span className="dim">since {dayText(known.firstDay)}</span>
        </>
      )}
    </Fact>
  );
}
