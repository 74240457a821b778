import { Button } from '@mantine/core';
import { useLive } from '../live/live-context.tsx';
import { timeText } from '../words/time.ts';
import { StateShape } from './icons.tsx';
import { Moment } from './moment.tsx';
import { useNow } from './use-now.ts';

/** Since when the page is not live; the connection is tried again by itself, or at once. */
export function StaleNotice() {
  const { state, retryNow } = useLive();
  const now = useNow();
  if (state.status !== 'reconnecting') return null;
  return (
    <div className="notice tone-attention" role="status">
      <StateShape tone="attention" />
      <p>
        Not live since <Moment at={state.since} text={timeText(state.since, now)} />: the connection to the server was lost, and is being tried again.
        What you see may be old.
      </p>
      <Button size="compact-sm" variant="default" onClick={retryNow}>
        Try now
      </Button>
    </div>
  );
}
