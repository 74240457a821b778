import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';
import { revokeAgent } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useServices } from '../../services.tsx';
import { agentPath } from './agent-path.ts';

/** The two ends an agent can come to: its credential is withdrawn, or it is removed. */
export function AgentEnds({ agent }: { readonly agent: Agent }) {
  const { queries, removals } = useServices();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const jobs = useQuery(queries.jobs()).data ?? [];
  const destinations = useQuery(queries.destinations()).data ?? [];
  const used =
    jobs.some((job) => job.agents.includes(agent.name) || (job.mesh?.type === 'hub' && job.mesh.hub === agent.name)) ||
    destinations.some((one) => one.agent_id === agent.id);
  const close = (): void => {
    setAsking(false);
  };
  return (
    <>
      {agent.state !== 'revoked' && agent.state !== 'external' && (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            setAsking(true);
          }}
        >
          Revoke
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        onClick={() => {
          if (used) {
            void removals.removeNow(agentPath(agent), `agent ${agent.name}`);
            return;
          }
          removals.remove(agentPath(agent), `agent ${agent.name}`);
          void navigate({ to: '/agents' });
        }}
      >
        Remove
      </Button>
      <FormDialog title={asking ? `Revoke ${agent.name}` : null} onClose={close}>
        <RevokeQuestion agent={agent} onClose={close} />
      </FormDialog>
    </>
  );
}

function RevokeQuestion({ agent, onClose }: { readonly agent: Agent; readonly onClose: () => void }) {
  const { client, messages } = useServices();
  const cache = useQueryClient();
  const revoking = useMutation({
    mutationFn: () => revokeAgent(client, agent.id),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: queryKeys.agents });
      messages.say('good', `Revoked ${agent.name}: its credential is withdrawn.`);
      onClose();
    },
    onError: (error) => {
      messages.say('bad', `Could not revoke ${agent.name}: ${error.message}.`);
      onClose();
    },
  });
  return (
    <div className="form">
      <p>
        Its credential is withdrawn at once and cannot be given back: {agent.name} stops measuring until it is enrolled anew. What it measured stays.
      </p>
      <div className="form-foot">
        <Button variant="default" data-autofocus onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={revoking.isPending}
          onClick={() => {
            revoking.mutate();
          }}
        >
          Revoke
        </Button>
      </div>
    </div>
  );
}
