import { useId, type ReactNode } from 'react';

interface PanelProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** One section of a page, named by its heading. */
export function Panel({ title, note, actions, children }: PanelProps) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="panel-head">
        <div className="panel-title">
          <h2 id={id}>{title}</h2>
          {note !== undefined && <p className="note">{note}</p>}
        </div>
        {actions !== undefined && <div className="panel-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
