import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { SHORTEST_INTERVAL_S } from '../../../../src/model/job.ts';
import { useNow } from '../../components/use-now.ts';
import { FormSection } from '../../forms/form-section.tsx';
import { everyText, windowText } from '../../words/job-words.ts';
import { instantTexts, nextInstants } from '../../words/next-instants.ts';
import { intervalText } from '../../words/time.ts';
import { MOST_WINDOWS, type JobDraft } from './job-draft.ts';
import { hasProblem, type JobSectionProps } from './job-section.ts';
import { WindowFields } from './window-fields.tsx';

const fields = ['interval', 'cron', 'time_zone', 'windows', 'start_time', 'end_time'];
const NEW_WINDOW = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' } as const;
/** Instants that are told of a timetable. */
const TOLD = 5;

/** Zones there are; those a browser leaves out can be kept by a job that has one. */
function zoneNames(also: string): string[] {
  return [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), also])];
}

/** When a job runs: every so often, or by a timetable; in windows; from and until when. */
export function WhenSection({ draft, problems, change }: JobSectionProps) {
  return (
    <FormSection title="When" summary={summaryOf(draft)} wrong={hasProblem(problems, fields)}>
      <SegmentedControl
        aria-label="How it is timed"
        size="xs"
        data={[
          { value: 'interval', label: 'Every so often' },
          { value: 'cron', label: 'By a timetable' },
        ]}
        value={draft.by}
        onChange={(by) => {
          change({ by: by === 'cron' ? 'cron' : 'interval' }, ['interval', 'cron']);
        }}
      />
      {draft.by === 'interval' ? (
        <TextInput
          label="Every"
          description={everyWords(draft.interval)}
          inputMode="numeric"
          autoComplete="off"
          error={problems.at('interval')}
          value={draft.interval}
          onChange={(event) => {
            change({ interval: event.currentTarget.value });
          }}
        />
      ) : (
        <>
          <TextInput
            label="Cron"
            description="Minute, hour, day of the month, month, day of the week; or @hourly, @daily, @weekly"
            placeholder="0 8 * * mon-fri"
            autoComplete="off"
            spellCheck={false}
            error={problems.at('cron')}
            value={draft.cron}
            onChange={(event) => {
              change({ cron: event.currentTarget.value });
            }}
          />
          <NextInstants draft={draft} />
        </>
      )}
      <Select
        label="Time zone"
        description="Of the timetable, the windows, the start and the end"
        searchable
        allowDeselect={false}
        limit={40}
        nothingFoundMessage="No such zone"
        data={zoneNames(draft.time_zone)}
        error={problems.at('time_zone')}
        value={draft.time_zone}
        onChange={(zone) => {
          if (zone !== null) change({ time_zone: zone });
        }}
      />
      {draft.windows.map((window, i) => (
        <WindowFields
          key={i}
          index={i}
          window={window}
          problems={problems}
          onChange={(changed, paths) => {
            change({ windows: draft.windows.map((one, at) => (at === i ? changed : one)) }, ['windows', ...paths]);
          }}
          onRemove={() => {
            // Those after it move up: what was said of any of them may be said of another now.
            change({ windows: draft.windows.filter((_, at) => at !== i) }, ['windows', ...windowPaths(draft.windows.length)]);
          }}
        />
      ))}
      {problems.at('windows') !== null && <p className="field-error">{problems.at('windows')}</p>}
      {draft.windows.length < MOST_WINDOWS && (
        <div>
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              change({ windows: [...draft.windows, NEW_WINDOW] });
            }}
          >
            {draft.windows.length === 0 ? 'Run only at certain times' : 'Add another window'}
          </Button>
        </div>
      )}
      <div className="pair">
        {(['start_time', 'end_time'] as const).map((field) => (
          <TextInput
            key={field}
            type="datetime-local"
            label={field === 'start_time' ? 'Start' : 'End'}
            description={field === 'start_time' ? 'No run before; at once where it is empty' : 'No run from here on; never where it is empty'}
            error={problems.at(field)}
            value={draft[field]}
            onChange={(event) => {
              change({ [field]: event.currentTarget.value });
            }}
          />
        ))}
      </div>
    </FormSection>
  );
}

function NextInstants({ draft }: { readonly draft: JobDraft }) {
  const now = useNow();
  const minute = Math.floor(now / 60_000) * 60_000;
  const instants = draft.cron.trim() === '' ? null : nextInstants(draft, { from: minute + 60_000, count: TOLD });
  const reader = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (instants === null) return null;
  if (instants.length === 0) return <p className="dim">No run is due: no window is open then.</p>;
  return (
    <div>
      <p className="dim">The next runs, each agent at a second of its own:</p>
      <ul className="instants">
        {instantTexts(instants, { job: draft.time_zone, reader }).map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </div>
  );
}

function windowPaths(count: number): string[] {
  return Array.from({ length: count }, (_, i) => ['days', 'from', 'to'].map((field) => `windows[${i}].${field}`)).flat();
}

function everyWords(interval: string): string {
  const seconds = Number(interval);
  return `Seconds between runs, ${SHORTEST_INTERVAL_S} or more${seconds >= SHORTEST_INTERVAL_S ? `: every ${intervalText(seconds)}` : ''}`;
}

function summaryOf({ by, interval, cron, windows, start_time: start, end_time: end }: JobDraft): string {
  const seconds = Number(interval);
  const often = by === 'cron' ? everyText({ interval: null, cron }) : everyText({ interval: Number.isInteger(seconds) ? seconds : null, cron: null });
  return [
    often === '' || (by === 'interval' && !(seconds > 0)) ? 'not said yet' : often,
    ...(windows.length > 2 ? [`in ${windows.length} windows`] : windows.map(windowText)),
    ...(start === '' ? [] : [`from ${start.replace('T', ' ')}`]),
    ...(end === '' ? [] : [`until ${end.replace('T', ' ')}`]),
  ].join(', ');
}
