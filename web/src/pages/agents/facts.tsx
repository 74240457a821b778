import type { ReactNode } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';

/** One thing known of an agent. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="name">{children}</dd>
    </div>
  );
}

export function LabelsFact({ agent }: { readonly agent: Agent }) {
  const labels = Object.entries(agent.labels);
  return (
    <Fact name="Labels">
      {labels.length === 0 ? (
        <span className="dim">none</span>
      ) : (
        labels.map(([key, value]) => (
          <span key={key} className="label">
            {key}={value}
          </span>
        ))
      )}
    </Fact>
  );
}
