import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { sortAfter, type Order } from '../pages/list-search.ts';

interface SortHeadProps {
  readonly column: string;
  readonly columns: readonly string[];
  readonly order: Order;
  readonly onSort: (sort: string | undefined) => void;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** A column's head that orders by it; again, the other way round. */
export function SortHead({ column, columns, order, onSort, className, children }: SortHeadProps) {
  const is = order.column === column;
  return (
    <th role="columnheader" scope="col" className={className} aria-sort={is ? (order.descending ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        className="sort"
        onClick={() => {
          onSort(sortAfter(column, order, columns));
        }}
      >
        {children}
        <span aria-hidden="true">{is ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

interface FilterInputProps {
  readonly what: string;
  readonly value: string | undefined;
  readonly onChange: (q: string | undefined) => void;
}

export function FilterInput({ what, value, onChange }: FilterInputProps) {
  return (
    <TextInput
      aria-label={`Filter ${what}`}
      placeholder="Filter"
      size="xs"
      w={180}
      type="search"
      value={value ?? ''}
      onChange={(event) => {
        const { value: q } = event.currentTarget;
        onChange(q === '' ? undefined : q);
      }}
    />
  );
}
