import { useState, type ReactNode } from 'react';

interface FormSectionProps {
  readonly title: string;
  /** What stands in it, in short, while it is folded. */
  readonly summary: string;
  /** Whether something in it is wrong: then it is open. */
  readonly wrong: boolean;
  readonly children: ReactNode;
}

/** Fields that most forms of this sort leave as they are, folded away. */
export function FormSection({ title, summary, wrong, children }: FormSectionProps) {
  const [opened, setOpened] = useState(false);
  return (
    <details
      className="options"
      open={opened || wrong}
      onToggle={(event) => {
        setOpened(event.currentTarget.open);
      }}
    >
      <summary>
        {title} <span className="dim name">{summary}</span>
      </summary>
      <div className="section-fields">{children}</div>
    </details>
  );
}
