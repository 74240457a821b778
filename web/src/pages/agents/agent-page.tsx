import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';
import { kindNames, kinds } from '../../../../src/model/kinds/index.ts';
import type { KindDefinition } from '../../../../src/model/kinds/kind.ts';
import { LatencyPanel } from '../../components/latency-panel.tsx';
import { MetricPanel } from '../../components/metric-panel.tsx';
import { Missing } from '../../components/query-view.tsx';
import { RangeControl } from '../../components/range-control.tsx';
import { ResultsPanel } from '../../components/results-panel.tsx';
import { useNow } from '../../components/use-now.ts';
import { useWindow } from '../../components/use-range.ts';
import { useTitle } from '../../components/use-title.ts';
import { OpeningWords } from '../../components/words.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useServices } from '../../services.tsx';
import { agentOpening } from '../../words/opening.ts';
import { changedSearch, type LatencyView } from '../view-search.ts';
import { AboutPanel } from './about-panel.tsx';
import { AgentForm } from './agent-form.tsx';

/** Kinds that measure the agent itself, and which of their first metrics share the first one's unit: drawn together. */
const ownKinds = kindNames
  .map((name): KindDefinition => kinds[name])
  .filter((kind) => kind.target === 'none')
  .map((kind) => ({
    kind: kind.kind,
    metrics: kind.primary.filter((metric) => kind.metrics[metric]?.unit === kind.metrics[kind.primary[0] ?? '']?.unit),
  }));

interface AgentPageProps {
  readonly view: LatencyView;
  readonly agent: string;
}

/** One agent, at an address of its own: what it is, what it measures, and how its machine does. */
export function AgentPage({ view, agent }: AgentPageProps) {
  const { queries } = useServices();
  const agents = useQuery(queries.agents());
  const named = agents.data?.find((one) => one.name === agent || String(one.id) === agent);
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
  return <OpeningWords opening={recent.data === undefined ? null : agentOpening(agent, recent.data.items, now)} />;
}

function Body({ agent, view }: { readonly agent: Agent; readonly view: LatencyView }) {
  const navigate = useNavigate({ from: '/agents/$agent' });
  const now = useNow();
  const shownWindow = useWindow(view);
  const [editing, setEditing] = useState(false);
  const change = (part: Partial<LatencyView>): void => {
    // A zoom is a step of its own: the browser's way back leads out of it.
    void navigate({ search: (old) => changedSearch(old, part), replace: part.span === undefined });
  };
  const of = { agent: agent.name };
  return (
    <>
      <AboutPanel
        agent={agent}
        now={now}
        actions={
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              setEditing(true);
            }}
          >
            Edit
          </Button>
        }
      />
      <div className="page-tools">
        <RangeControl view={view} range={shownWindow.range} onChange={change} />
      </div>
      <LatencyPanel
        title="Latency and loss to each destination"
        of={of}
        lineOf="destination"
        view={view}
        shownWindow={shownWindow}
        plotHeight={260}
        onChange={change}
        empty={<>This agent pinged nothing in this range. Choose a longer one, or add a job that pings.</>}
      />
      {ownKinds
        .filter(({ kind }) => agent.capabilities[kind]?.available !== false)
        .map(({ kind, metrics }) => (
          <MetricPanel
            key={kind}
            title="Load of this machine"
            kind={kind}
            metrics={metrics}
            of={of}
            view={view}
            shownWindow={shownWindow}
            onChange={change}
            empty={<>The load of this machine appears here once a job measures it. Choose a longer range, or add a job.</>}
          />
        ))}
      <ResultsPanel of={{ agent: agent.id }} now={now} empty={<>What this agent measures appears here the moment it is stored.</>} />
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
