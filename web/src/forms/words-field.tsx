import { TagsInput } from '@mantine/core';
import { useState } from 'react';
import { suggestionsOf } from './suggestions.ts';

interface WordsFieldProps {
  readonly label: string;
  readonly description?: string;
  /** What there is to choose from; others may be written. */
  readonly data?: readonly string[];
  readonly error: string | null;
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
}

/**
 * Words of which some can be chosen from a list. The list opens with a click, an arrow key or a letter, not where the focus merely
 * passes: it would cover what is said of the field, and take the first Escape. A list with nothing in it is closed.
 */
export function WordsField({ label, description, data = [], error, value, onChange }: WordsFieldProps) {
  const [search, setSearch] = useState('');
  const [asked, setAsked] = useState(false);
  const isOpen = asked && suggestionsOf(data, { value, search }).length > 0;
  return (
    <TagsInput
      label={label}
      description={description}
      data={[...data]}
      error={error}
      value={[...value]}
      openOnFocus={false}
      searchValue={search}
      onSearchChange={(typed) => {
        setSearch(typed);
        if (typed !== '') setAsked(true);
      }}
      dropdownOpened={isOpen}
      onDropdownOpen={() => {
        setAsked(true);
      }}
      onDropdownClose={() => {
        setAsked(false);
      }}
      onBlur={() => {
        setAsked(false);
      }}
      inputContainer={(field) => (
        <div
          // For the pointer alone: the keys have the field itself.
          role="presentation"
          onClick={(event) => {
            const onButton = event.target instanceof Element && event.target.closest('button') !== null;
            if (!onButton) setAsked(true);
          }}
        >
          {field}
        </div>
      )}
      onChange={onChange}
    />
  );
}
