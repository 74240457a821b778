import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { KindDescription, OptionSchema } from '../api/kind-description.ts';
import { countText } from '../../../src/charts/number-text.ts';
import { fieldForm, limitsText, optionsOf, type OptionDraft } from './option-values.ts';
import type { Problems } from './problems.ts';

interface OptionFieldsProps {
  readonly kind: KindDescription;
  readonly draft: OptionDraft;
  readonly problems: Problems;
  /** `path`: of the option that changed. */
  readonly onChange: (draft: OptionDraft, path: string) => void;
}

/** The options of one kind, whatever they are: a field each, made from its JSON Schema. */
export function OptionFields({ kind, draft, problems, onChange }: OptionFieldsProps) {
  const [opened, setOpened] = useState(false);
  const properties = Object.entries(kind.spec.properties);
  const changed = Object.keys(optionsOf(kind, draft)).length;
  const isOpen = opened || problems.within(`options.${kind.kind}`);
  if (properties.length === 0) return null;
  return (
    <details
      className="options"
      open={isOpen}
      onToggle={(event) => {
        setOpened(event.currentTarget.open);
      }}
    >
      <summary>
        How {kind.title} measures <span className="dim">{changed === 0 ? 'as usual' : `${countText(changed, 'option')} changed`}</span>
      </summary>
      <div className="fields">
        {properties.map(([key, schema]) => (
          <OptionField
            key={key}
            label={schema.title ?? key}
            schema={schema}
            written={draft[key]}
            problem={problems.at(`options.${kind.kind}.${key}`)}
            onChange={(written) => {
              const { [key]: _, ...others } = draft;
              onChange(written === '' ? others : { ...others, [key]: written }, `options.${kind.kind}.${key}`);
            }}
          />
        ))}
      </div>
    </details>
  );
}

interface OptionFieldProps {
  readonly label: string;
  readonly schema: OptionSchema;
  readonly written: string | boolean | undefined;
  readonly problem: string | null;
  readonly onChange: (written: string | boolean) => void;
}

function OptionField({ label, schema, written, problem, onChange }: OptionFieldProps) {
  const form = fieldForm(schema);
  const description = [schema.description, limitsText(schema)].filter((part) => part != null).join('; ');
  if (form === 'switch')
    return (
      <Checkbox
        label={label}
        description={description}
        error={problem}
        checked={typeof written === 'boolean' ? written : schema.default === true}
        onChange={(event) => {
          onChange(event.currentTarget.checked);
        }}
      />
    );
  const text = typeof written === 'string' ? written : '';
  const usual = usualText(schema);
  if (form === 'choice')
    return (
      <NativeSelect
        label={label}
        description={description}
        error={problem}
        data={[
          { value: '', label: usual === '' ? 'as usual' : `${usual} (as usual)` },
          ...(schema.enum ?? []).map(String).filter((choice) => choice !== usual),
        ]}
        value={text === usual ? '' : text}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
      />
    );
  return (
    <TextInput
      label={label}
      description={description}
      error={problem}
      placeholder={usual}
      inputMode={form === 'number' ? 'numeric' : 'text'}
      autoComplete="off"
      value={text}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}

/** What holds where nothing is written; '' where that is nothing. */
function usualText({ default: usual }: OptionSchema): string {
  return typeof usual === 'string' || typeof usual === 'number' ? String(usual) : '';
}
