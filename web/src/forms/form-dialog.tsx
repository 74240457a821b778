import { Button, Modal } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { StateShape } from '../components/icons.tsx';
import type { Problems } from './problems.ts';

interface FormDialogProps {
  /** Null closes it: it stays mounted, because only then the focus goes back to where it was. */
  readonly title: string | null;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A form over the page; Escape closes it. */
export function FormDialog({ title, onClose, children }: FormDialogProps) {
  return (
    <Modal
      opened={title !== null}
      onClose={onClose}
      title={title ?? ''}
      size={560}
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 0 }}
      overlayProps={{ backgroundOpacity: 0.4 }}
      // The bar stays, so that nothing moves sideways under the form.
      removeScrollProps={{ removeScrollBar: false }}
    >
      {title !== null && children}
    </Modal>
  );
}

interface FormProps {
  readonly save: string;
  readonly saving: boolean;
  readonly problems: Problems;
  readonly onSave: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Fields, what is wrong with them as a whole, and the two ways out. */
export function Form({ save, saving, problems, onSave, onClose, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // What was refused is read first.
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .notice')?.focus();
  }, [problems]);
  return (
    <form
      ref={form}
      className="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      {problems.general !== null && (
        <div className="notice tone-bad" role="alert" tabIndex={-1}>
          <StateShape tone="bad" />
          <p>Not saved: {problems.general}.</p>
        </div>
      )}
      {children}
      <div className="form-foot">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={saving}>
          {save}
        </Button>
      </div>
    </form>
  );
}
