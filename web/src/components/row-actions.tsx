import { Button } from '@mantine/core';
import { useServices } from '../services.tsx';

interface RowButtonProps {
  readonly words: string;
  /** With the name of what it is done to: read aloud. */
  readonly label: string;
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

/** One thing that can be done with a row. */
export function RowButton({ words, label, busy = false, disabled = false, onClick }: RowButtonProps) {
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
  readonly onEdit: () => void;
}

/** Every row can be changed, and removed with a way back. */
export function EditAndDelete({ name, what, path, onEdit }: EditAndDeleteProps) {
  const { removals } = useServices();
  return (
    <>
      <RowButton words="Edit" label={`Edit ${name}`} onClick={onEdit} />
      <RowButton
        words="Delete"
        label={`Delete ${name}`}
        onClick={() => {
          removals.remove(path, `${what} ${name}`);
        }}
      />
    </>
  );
}
