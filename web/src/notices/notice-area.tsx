import { Button } from '@mantine/core';
import { useEffect, useSyncExternalStore } from 'react';
import { StateShape } from '../components/icons.tsx';
import { useServices } from '../services.tsx';
import type { Removal } from './removals.ts';

/** What can be undone, and what actions came to; over the page at its foot, and read aloud. */
export function NoticeArea() {
  const { removals, messages } = useServices();
  const removed = useSyncExternalStore(
    (listener) => removals.onChange(listener),
    () => removals.notices,
  );
  const said = useSyncExternalStore(
    (listener) => messages.onChange(listener),
    () => messages.items,
  );
  useEffect(() => {
    const leave = (): void => {
      removals.leave();
    };
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
    };
  }, [removals]);
  return (
    <div className="notices" role="status" aria-label="Notices">
      {said.map((message) => (
        <div key={message.id} className={`notice tone-${message.tone}`}>
          {message.tone !== 'good' && <StateShape tone={message.tone} />}
          <p>{message.text}</p>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              messages.dismiss(message.id);
            }}
          >
            Dismiss
          </Button>
        </div>
      ))}
      {removed.map((removal) => (
        <RemovalNotice key={removal.path} removal={removal} />
      ))}
    </div>
  );
}

function RemovalNotice({ removal }: { readonly removal: Removal }) {
  const { removals } = useServices();
  const { path, what, failure, canForce } = removal;
  if (failure !== null)
    return (
      <div className="notice tone-bad">
        <StateShape tone="bad" />
        <p>
          Could not delete {what}: {failure}.
        </p>
        {canForce && (
          <Button size="compact-sm" variant="default" onClick={() => void removals.force(path)}>
            Delete and detach
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            removals.dismiss(path);
          }}
        >
          Dismiss
        </Button>
      </div>
    );
  return (
    <div className="notice">
      <p>Deleted {what}. What it measured stays.</p>
      <Button
        size="compact-sm"
        variant="default"
        // The button that was pressed has gone with its row: the focus goes where the hand is needed next.
        autoFocus
        onClick={() => {
          removals.undo(path);
          // The row is there again once this has been drawn.
          requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-path="${path}"] a, [data-path="${path}"] button`)?.focus());
        }}
      >
        Undo
      </Button>
    </div>
  );
}
