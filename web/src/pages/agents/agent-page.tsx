import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';
import { selectsAgent } from '../../../../src/model/selectors.ts';
import { Missing } from '../../components/query-view.tsx';
import { RangeControl } from '../../components/range-control.tsx';
import { ResultsPanel } from '../../components/results-panel.tsx';
import { useHidden } from '../../components/use-hidden.ts';
import { useNow } from '../../components/use-now.ts';
import { useWindow } from '../../components/use-range.ts';
import { useTitle } from '../../components/use-title.ts';
import { OpeningWords } from '../../components/words.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useServices } from '../../services.tsx';
import { shortestInterval } from '../../words/freshness.ts';
import { agentOpening } from '../../words/opening.ts';
import { changedSearch, type LatencyView } from '../view-search.ts';
import { agentPath } from './agent-path.ts';
import { AboutPanel } from './about-panel.tsx';
import { AgentEnds } from './agent-ends.tsx';
import { AgentForm } from './agent-form.tsx';
import { MeasuredCharts } from './measured-charts.tsx';
import { PostedCharts } from './posted-charts.tsx';
import { PostedPanel } from './posted-panel.tsx';

interface AgentPageProps {
  readonly view: LatencyView;
  readonly agent: string;
}

/** One agent, at an address of its own: what it is, what it measures, and how its machine does. */
export function AgentPage({ view, agent }: AgentPageProps) {
  const { queries } = useServices();
  const agents = useQuery(queries.agents());
  const hidden = useHidden();
  const named = agents.data?.find((one) => (one.name === agent || String(one.id) === agent) && !hidden.has(agentPath(one)));
  useTitle(named?.name ?? agent);
  return (
    <>
      <header className="page-head">
        <p className="crumb">
          <Link to="/agents">Agents</Link>
        </p>
        <h1>{named?.name ?? agent}</h1>
        {named !== undefined && <Head agent={named} />}
      </header>
      {named === undefined ? (
        <Missing query={agents} what="the agents">
          No agent is called {agent}: it may have been renamed or removed. <Link to="/agents">See all agents</Link>.
        </Missing>
      ) : (
        <Body agent={named} view={view} />
      )}
    </>
  );
}

function Head({ agent }: { readonly agent: Agent }) {
  const { queries } = useServices();
  const now = useNow();
  const recent = useQuery(queries.recent({ agent: agent.id }));
  const jobs = useQuery(queries.jobs());
  if (recent.data === undefined || jobs.data === undefined) return <OpeningWords opening={null} />;
  const intervalS = shortestInterval(jobs.data.filter((job) => job.agents.some((selector) => selectsAgent(selector, agent))));
  return <OpeningWords opening={agentOpening(agent, { results: recent.data.items, intervalS }, now)} />;
}

function Body({ agent, view }: { readonly agent: Agent; readonly view: LatencyView }) {
  const navigate = useNavigate({ from: '/agents/$agent' });
  const now = useNow();
  const shownWindow = useWindow(view, { agent: agent.id });
  const [editing, setEditing] = useState(false);
  const change = (part: Partial<LatencyView>): void => {
    // A zoom is a step of its own: the browser's way back leads out of it.
    void navigate({ search: (old) => changedSearch(old, part), replace: part.span === undefined });
  };
  const edit = (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => {
          setEditing(true);
        }}
      >
        Edit
      </Button>
      <AgentEnds agent={agent} />
    </>
  );
  return (
    <>
      {agent.state === 'external' ? <PostedPanel agent={agent} actions={edit} /> : <AboutPanel agent={agent} now={now} actions={edit} />}
      <div className="page-tools">
        <RangeControl view={view} range={shownWindow.range} onChange={change} />
      </div>
      {agent.state === 'external' ? (
        <PostedCharts agent={agent} view={view} shownWindow={shownWindow} onChange={change} />
      ) : (
        <MeasuredCharts agent={agent} view={view} shownWindow={shownWindow} onChange={change} />
      )}
      <ResultsPanel of={{ agent: agent.id }} now={now} empty={<>What comes from here appears the moment it is stored.</>} />
      <FormDialog
        title={editing ? `Change ${agent.name}` : null}
        onClose={() => {
          setEditing(false);
        }}
      >
        <AgentForm
          agent={agent}
          onClose={() => {
            setEditing(false);
          }}
          onSaved={(name) => {
            setEditing(false);
            void navigate({ to: '/agents/$agent', params: { agent: name }, search: (old) => old, replace: true });
          }}
        />
      </FormDialog>
    </>
  );
}
