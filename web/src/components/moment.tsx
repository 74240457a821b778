import { formatInstant } from '../../../src/model/instant.ts';

interface MomentProps {
  readonly at: number;
  readonly text: string;
}

/** An instant in words; the exact one in UTC is its tooltip and its machine-readable form. */
export function Moment({ at, text }: MomentProps) {
  const utc = formatInstant(at);
  return (
    <time dateTime={utc} title={utc}>
      {text}
    </time>
  );
}
