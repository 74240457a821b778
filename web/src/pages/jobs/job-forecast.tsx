import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { StateShape } from '../../components/icons.tsx';
import { useServices } from '../../services.tsx';
import { forecastText } from '../../words/job-words.ts';

/** While somebody types, nothing is asked. */
const PAUSE_MS = 500;

/** What the job in a form would cost; null where what is written is not yet a job. */
export function JobForecast({ body }: { readonly body: unknown }) {
  const { queries } = useServices();
  const text = body === null ? null : JSON.stringify(body);
  const [settled] = useDebouncedValue(text, PAUSE_MS);
  const asked = settled !== null && settled === text;
  const foretold = useQuery({ ...queries.forecastOf(settled === null ? null : (JSON.parse(settled) as unknown)), enabled: asked });
  const { data } = foretold;
  return (
    <div className="forecast" role="status" aria-label="Forecast">
      {asked && data !== undefined && (
        <>
          <p>{forecastText(data)}</p>
          {data.warnings.map((warning) => (
            <p key={warning} className="state tone-attention">
              <StateShape tone="attention" />
              {warning}
            </p>
          ))}
        </>
      )}
      {(!asked || data === undefined) && <p className="dim">{forecastPending(text, foretold.isError)}</p>}
    </div>
  );
}

function forecastPending(text: string | null, refused: boolean): string {
  if (text === null) return 'What it will cost is said here once the job is whole.';
  return refused ? 'What it will cost cannot be said as it stands.' : 'Counting what it will cost.';
}
