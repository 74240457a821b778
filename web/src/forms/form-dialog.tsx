import { Button, Modal } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { StateShape } from '../components/icons.tsx';
import type { DraftForm } from './use-draft.ts';

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
  readonly form: Pick<DraftForm<unknown>, 'problems' | 'refusals' | 'saving' | 'submit'>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Fields, what is wrong with them as a whole, and the two ways out. */
export function Form({ save, form, onClose, children }: FormProps) {
  const { problems, refusals, saving, submit } = form;
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // What was refused is read first.
    if (refusals > 0) element.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid="true"] input, .notice')?.focus();
  }, [refusals]);
  return (
    <form
      ref={element}
      className="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
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
