import { Checkbox, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { Destination } from '../../../../src/model/destination.ts';
import { saveDestination } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { DescriptionField, NameField } from '../../forms/fields.tsx';
import { Form } from '../../forms/form-dialog.tsx';
import { useDraft } from '../../forms/use-draft.ts';
import { WordsField } from '../../forms/words-field.tsx';
import { useServices } from '../../services.tsx';
import { destinationBody, destinationDraft, missingOfDestination } from './destination-draft.ts';

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
  const form = useDraft({
    initial: () => destinationDraft(destination),
    fields,
    missing: missingOfDestination,
    save: (written) => saveDestination(client, destination?.id ?? null, destinationBody(written)),
    onSaved: async (saved) => {
      await cache.invalidateQueries({ queryKey: queryKeys.destinations });
      messages.say('good', destination === null ? `Added ${saved.name}. Add it to a job to have it measured.` : `Saved ${saved.name}.`);
      onClose();
    },
  });
  const { draft, change, problems } = form;
  return (
    <Form save={destination === null ? 'Add destination' : 'Save'} form={form} onClose={onClose}>
      <NameField
        description="How it is called here"
        error={problems.at('name')}
        value={draft.name}
        onChange={(name) => {
          change({ name });
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
      <WordsField
        label="Tags"
        description="A job can measure every destination with a tag"
        data={tags}
        error={problems.at('tags')}
        value={draft.tags}
        onChange={(chosen) => {
          change({ tags: chosen });
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
        label="Measure it"
        description="Where it is off, jobs leave this destination out"
        error={problems.at('status')}
        checked={draft.status === 'active'}
        onChange={(event) => {
          change({ status: event.currentTarget.checked ? 'active' : 'inactive' });
        }}
      />
    </Form>
  );
}
