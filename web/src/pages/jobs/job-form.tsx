import { Checkbox, Skeleton, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Job } from '../../../../src/model/job.ts';
import { saveJob } from '../../api/changes.ts';
import type { KindDescription } from '../../api/kind-description.ts';
import { queryKeys } from '../../api/queries.ts';
import { QueryView } from '../../components/query-view.tsx';
import { DescriptionField, NameField } from '../../forms/fields.tsx';
import { Form } from '../../forms/form-dialog.tsx';
import { FormSection } from '../../forms/form-section.tsx';
import { OptionFields } from '../../forms/option-fields.tsx';
import { useDraft } from '../../forms/use-draft.ts';
import { WordsField } from '../../forms/words-field.tsx';
import { useServices } from '../../services.tsx';
import { compareText } from '../list-search.ts';
import { jobBody, jobDraft, jobFields, missingOfJob, type JobDraft } from './job-draft.ts';
import { JobForecast } from './job-forecast.tsx';
import { hasProblem } from './job-section.ts';
import { WhenSection } from './when-section.tsx';
import { WhoSection } from './who-section.tsx';

interface JobFormProps {
  /** What is changed; null where a new one is written. */
  readonly job: Job | null;
  readonly onClose: () => void;
  /** With the name it has now, in place of closing. */
  readonly onSaved?: (name: string) => void;
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

function Fields({ job, kinds, onClose, onSaved }: JobFormProps & { readonly kinds: readonly KindDescription[] }) {
  const { client, queries, messages } = useServices();
  const cache = useQueryClient();
  const agents = useQuery(queries.agents()).data ?? [];
  const destinations = useQuery(queries.destinations()).data ?? [];
  const form = useDraft({
    initial: () => jobDraft(job, new Intl.DateTimeFormat().resolvedOptions().timeZone),
    fields: jobFields(kinds),
    missing: (written) => missingOfJob(written, kinds),
    save: (written) => saveJob(client, job?.id ?? null, jobBody(written, kinds)),
    onSaved: async (saved) => {
      await cache.invalidateQueries({ queryKey: queryKeys.jobs });
      messages.say('good', job === null ? `Added ${saved.name}.${saved.enabled ? ' Its first run is at once.' : ''}` : `Saved ${saved.name}.`);
      if (onSaved === undefined) onClose();
      else onSaved(saved.name);
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
      <WhenSection draft={draft} problems={problems} change={change} />
      <WhoSection draft={draft} problems={problems} change={change} agents={agents} />
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
      <FormSection title="Limits" summary={limitsOf(draft)} wrong={hasProblem(problems, ['budget_mb_per_day'])}>
        <TextInput
          label="Budget"
          description="Most MB a day (UTC) that each agent may spend on it; without limit where it is empty"
          inputMode="decimal"
          autoComplete="off"
          error={problems.at('budget_mb_per_day')}
          value={draft.budget_mb_per_day}
          onChange={(event) => {
            change({ budget_mb_per_day: event.currentTarget.value });
          }}
        />
      </FormSection>
      <FormSection title="About it" summary={aboutOf(draft)} wrong={hasProblem(problems, ['tags', 'description'])}>
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
      </FormSection>
      <JobForecast body={missingOfJob(draft, kinds).some(({ path }) => path !== 'name') ? null : forecastBody(draft, kinds)} />
    </Form>
  );
}

/** What is asked of a job that is not saved yet: a name is not needed to know what it costs. */
function forecastBody(draft: JobDraft, kinds: readonly KindDescription[]): unknown {
  return jobBody({ ...draft, name: draft.name.trim() === '' ? 'new' : draft.name, enabled: true }, kinds);
}

function limitsOf({ budget_mb_per_day: budget }: JobDraft): string {
  return budget.trim() === '' ? 'none' : `${budget} MB a day for each agent`;
}

function aboutOf({ tags, description, enabled }: JobDraft): string {
  const parts = [...(enabled ? [] : ['stopped']), ...tags, ...(description.trim() === '' ? [] : [description.trim().split('\n')[0] ?? ''])];
  return parts.length === 0 ? 'tags and description' : parts.join(', ');
}
