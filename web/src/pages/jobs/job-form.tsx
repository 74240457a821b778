import { Checkbox, Skeleton, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { SHORTEST_INTERVAL_S, type Job } from '../../../../src/model/job.ts';
import { saveJob } from '../../api/changes.ts';
import type { KindDescription } from '../../api/kind-description.ts';
import { queryKeys } from '../../api/queries.ts';
import { QueryView } from '../../components/query-view.tsx';
import { DescriptionField, NameField } from '../../forms/fields.tsx';
import { Form } from '../../forms/form-dialog.tsx';
import { OptionFields } from '../../forms/option-fields.tsx';
import { useDraft } from '../../forms/use-draft.ts';
import { WordsField } from '../../forms/words-field.tsx';
import { useServices } from '../../services.tsx';
import { intervalText } from '../../words/time.ts';
import { compareText } from '../list-search.ts';
import { hasTimetable, jobBody, jobDraft, missingOfJob, type JobDraft } from './job-draft.ts';

interface JobFormProps {
  /** What is changed; null where a new one is written. */
  readonly job: Job | null;
  readonly onClose: () => void;
}

export function JobForm(props: JobFormProps) {
  const { queries } = useServices();
  const kinds = useQuery(queries.kinds());
  return (
    <QueryView query={kinds} what="what can be measured" skeleton={<Skeleton height={320} />}>
      {(described) => <Fields {...props} kinds={described} />}
    </QueryView>
  );
}

function Fields({ job, kinds, onClose }: JobFormProps & { readonly kinds: readonly KindDescription[] }) {
  const { client, queries, messages } = useServices();
  const cache = useQueryClient();
  const agents = useQuery(queries.agents()).data ?? [];
  const destinations = useQuery(queries.destinations()).data ?? [];
  const form = useDraft({
    initial: () => jobDraft(job),
    fields: fieldsOf(kinds),
    missing: (written) => missingOfJob(written, kinds),
    save: (written) => saveJob(client, job?.id ?? null, jobBody(written, kinds)),
    onSaved: async (saved) => {
      await cache.invalidateQueries({ queryKey: queryKeys.jobs });
      messages.say('good', job === null ? `Added ${saved.name}.${saved.enabled ? ' Its first run is at once.' : ''}` : `Saved ${saved.name}.`);
      onClose();
    },
  });
  const { draft, change, problems } = form;
  const chosen = kinds.filter((kind) => draft.kinds.includes(kind.kind));
  return (
    <Form save={job === null ? 'Add job' : 'Save'} form={form} onClose={onClose}>
      <NameField
        error={problems.at('name')}
        value={draft.name}
        onChange={(name) => {
          change({ name });
        }}
      />
      <Checkbox.Group
        label="What to measure"
        required
        error={problems.at('kinds')}
        value={[...draft.kinds]}
        onChange={(picked) => {
          // Which destinations are needed follows from the kinds.
          change({ kinds: kinds.map((kind) => kind.kind).filter((kind) => picked.includes(kind)) }, ['kinds', 'destinations']);
        }}
      >
        <div className="choices">
          {kinds.map((kind) => (
            <Checkbox key={kind.kind} value={kind.kind} label={kind.title} description={kind.description} />
          ))}
        </div>
      </Checkbox.Group>
      <WordsField
        label="Destinations"
        description={
          chosen.length > 0 && chosen.every((kind) => kind.target === 'none')
            ? 'None are needed: what is measured is the agent itself'
            : 'By name, or tag:word for all that have a tag'
        }
        data={[...destinations.map((one) => one.name), ...[...new Set(destinations.flatMap((one) => one.tags))].map((tag) => `tag:${tag}`)].sort(
          compareText,
        )}
        error={problems.at('destinations')}
        value={draft.destinations}
        onChange={(picked) => {
          change({ destinations: picked });
        }}
      />
      <WordsField
        label="Agents"
        description="By name, label:key=value, or * for all"
        data={[
          '*',
          ...agents.map((one) => one.name),
          ...new Set(agents.flatMap((one) => Object.entries(one.labels).map(([key, value]) => `label:${key}=${value}`))),
        ]}
        error={problems.at('agents')}
        value={draft.agents}
        onChange={(picked) => {
          change({ agents: picked });
        }}
      />
      <TextInput
        label="Every"
        description={everyWords(draft)}
        inputMode="numeric"
        autoComplete="off"
        error={problems.at('interval')}
        value={draft.interval}
        onChange={(event) => {
          change({ interval: event.currentTarget.value });
        }}
      />
      {chosen.map((kind) => (
        <OptionFields
          key={kind.kind}
          kind={kind}
          draft={draft.options[kind.kind] ?? {}}
          problems={problems}
          onChange={(options, path) => {
            change({ options: { ...draft.options, [kind.kind]: options } }, [path]);
          }}
        />
      ))}
      <WordsField
        label="Tags"
        error={problems.at('tags')}
        value={draft.tags}
        onChange={(picked) => {
          change({ tags: picked });
        }}
      />
      <DescriptionField
        error={problems.at('description')}
        value={draft.description}
        onChange={(description) => {
          change({ description });
        }}
      />
      <Checkbox
        label="Running"
        description="Where it is off, the job waits to be started"
        checked={draft.enabled}
        onChange={(event) => {
          change({ enabled: event.currentTarget.checked });
        }}
      />
    </Form>
  );
}

function fieldsOf(kinds: readonly KindDescription[]): string[] {
  return [
    ...['name', 'description', 'interval', 'kinds', 'destinations', 'agents', 'tags'],
    ...kinds.flatMap((kind) => Object.keys(kind.spec.properties).map((option) => `options.${kind.kind}.${option}`)),
  ];
}

function everyWords(draft: JobDraft): string {
  const seconds = Number(draft.interval);
  if (draft.interval.trim() === '' && hasTimetable(draft)) return `By its timetable, ${draft.before?.cron ?? ''}; seconds take its place`;
  return `Seconds between runs, ${SHORTEST_INTERVAL_S} or more${seconds >= SHORTEST_INTERVAL_S ? `: every ${intervalText(seconds)}` : ''}`;
}
