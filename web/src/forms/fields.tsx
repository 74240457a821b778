import { Textarea, TextInput } from '@mantine/core';

interface TextFieldProps {
  readonly value: string;
  readonly error: string | null;
  readonly onChange: (written: string) => void;
}

interface NameFieldProps extends TextFieldProps {
  readonly description?: string;
}

/** The name of what a form is about: where it begins. */
export function NameField({ value, error, description, onChange }: NameFieldProps) {
  return (
    <TextInput
      label="Name"
      description={description}
      required
      data-autofocus
      autoFocus
      autoComplete="off"
      error={error}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}

export function DescriptionField({ value, error, onChange }: TextFieldProps) {
  return (
    <Textarea
      label="Description"
      autosize
      minRows={2}
      error={error}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}
