import { Checkbox, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Destination } from '../../../../src/model/destination.ts';
import { saveDestination } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { Form } from '../../forms/form-dialog.tsx';
import { Problems } from '../../forms/problems.ts';
import { useServices } from '../../services.tsx';

const fields = ['name', 'host', 'display_name', 'description', 'tags', 'status'];

interface DestinationFormProps {
  /** What is changed; null where a new one is written. */
  readonly destination: Destination | null;
  /** Tags in use, to choose from. */
  readonly tags: readonly string[];
  readonly onClose: () => void;
}

export function DestinationForm({ destination, tags, onClose }: DestinationFormProps) {
  const { client, messages } = useServices();
  const cache = useQueryClient();
  const [draft, setDraft] = useState({
    name: destination?.name ?? '',
    host: destination === null || destination.host === destination.name ? '' : destination.host,
    display_name: destination?.display_name ?? '',
    description: destination?.description ?? '',
    tags: destination?.tags ?? [],
    active: destination?.status !== 'inactive',
  });
  const change = (part: Partial<typeof draft>): void => {
    setDraft({ ...draft, ...part });
  };
  const saving = useMutation({
    mutationFn: () => saveDestination(client, destination?.id ?? null, bodyOf(draft)),
    onSuccess: async (saved) => {
      await cache.invalidateQueries({ queryKey: queryKeys.destinations });
      messages.say('good', destination === null ? `Added ${saved.name}. Add it to a job to have it measured.` : `Saved ${saved.name}.`);
      onClose();
    },
  });
  const problems = useMemo(() => new Problems(saving.error, fields), [saving.error]);
  return (
    <Form
      save={destination === null ? 'Add destination' : 'Save'}
      saving={saving.isPending}
      problems={problems}
      onClose={onClose}
      onSave={() => {
        saving.mutate();
      }}
    >
      <TextInput
        label="Name"
        description="How it is called here"
        required
        data-autofocus
        autoFocus
        autoComplete="off"
        error={problems.at('name')}
        value={draft.name}
        onChange={(event) => {
          change({ name: event.currentTarget.value });
        }}
      />
      <TextInput
        label="Host"
        description="A host name, an address or a URL; the name where it is empty"
        placeholder={draft.name}
        autoComplete="off"
        error={problems.at('host')}
        value={draft.host}
        onChange={(event) => {
          change({ host: event.currentTarget.value });
        }}
      />
      <TextInput
        label="Title"
        description="Shown on its page instead of the name"
        autoComplete="off"
        error={problems.at('display_name')}
        value={draft.display_name}
        onChange={(event) => {
          change({ display_name: event.currentTarget.value });
        }}
      />
      <TagsInput
        label="Tags"
        description="A job can measure every destination with a tag"
        data={[...tags]}
        error={problems.at('tags')}
        value={draft.tags}
        onChange={(chosen) => {
          change({ tags: chosen });
        }}
      />
      <Textarea
        label="Description"
        autosize
        minRows={2}
        error={problems.at('description')}
        value={draft.description}
        onChange={(event) => {
          change({ description: event.currentTarget.value });
        }}
      />
      <Checkbox
        label="Measure it"
        description="Where it is off, jobs leave this destination out"
        error={problems.at('status')}
        checked={draft.active}
        onChange={(event) => {
          change({ active: event.currentTarget.checked });
        }}
      />
    </Form>
  );
}

interface Draft {
  readonly name: string;
  readonly host: string;
  readonly display_name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly active: boolean;
}

function bodyOf({ name, host, display_name: title, description, tags, active }: Draft): unknown {
  return {
    name,
    ...(host.trim() === '' ? {} : { host }),
    display_name: title.trim() === '' ? null : title,
    description: description.trim() === '' ? null : description,
    tags,
    status: active ? 'active' : 'inactive',
  };
}
