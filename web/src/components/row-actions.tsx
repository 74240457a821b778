import { Button, Tooltip } from '@mantine/core';
import { useServices } from '../services.tsx';

interface RowButtonProps {
  readonly words: string;
  /** With the name of what it is done to: read aloud. */
  readonly label: string;
  readonly busy?: boolean;
  readonly disabled?: boolean;
  /** Why it cannot be done, in words; null where it can. It stays in the way of the keys, so that it can be read. */
  readonly refusal?: string | null;
  readonly onClick: () => void;
}

/** One thing that can be done with a row. */
export function RowButton({ words, label, busy = false, disabled = false, refusal = null, onClick }: RowButtonProps) {
  if (refusal !== null)
    return (
      <Tooltip label={refusal} events={{ hover: true, focus: true, touch: true }}>
        <Button size="compact-xs" variant="default" aria-label={`${label}: ${refusal}`} aria-disabled="true" data-disabled>
          {words}
        </Button>
      </Tooltip>
    );
  return (
    <Button size="compact-xs" variant="default" aria-label={label} disabled={disabled} loading={busy} onClick={onClick}>
      {words}
    </Button>
  );
}

interface EditAndDeleteProps {
  readonly name: string;
  /** `job`, for the notice. */
  readonly what: string;
  readonly path: string;
  /** Why neither can be done; null where they can. */
  readonly refusal?: string | null;
  /** Something uses it: the server is asked at once, and says what. */
  readonly used?: boolean;
  readonly onEdit: () => void;
}

/** Every row can be changed, and removed with a way back. */
export function EditAndDelete({ name, what, path, refusal = null, used = false, onEdit }: EditAndDeleteProps) {
  const { removals } = useServices();
  return (
    <>
      <RowButton words="Edit" label={`Edit ${name}`} refusal={refusal} onClick={onEdit} />
      <RowButton
        words="Delete"
        label={`Delete ${name}`}
        refusal={refusal}
        onClick={() => {
          if (used) void removals.removeNow(path, `${what} ${name}`);
          else removals.remove(path, `${what} ${name}`);
        }}
      />
    </>
  );
}
