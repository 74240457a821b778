import type { ReactNode } from 'react';
import { compareText, type Order } from '../pages/list-search.ts';
import type { ChangeList } from './list-page.tsx';
import { SortHead } from './list-tools.tsx';
import { useSteadyOrder } from './use-steady-order.ts';

/** A column a list can be ordered by. */
export interface ListColumn<T> {
  readonly column: string;
  readonly title: string;
  readonly compare: (a: T, b: T) => number;
  readonly className?: string;
}

interface ListTableProps<T> {
  readonly items: readonly T[];
  readonly columns: readonly ListColumn<T>[];
  readonly order: Order;
  readonly pathOf: (item: T) => string;
  /** The cells of a row, without the one for its actions. */
  readonly cells: (item: T) => ReactNode;
  readonly actions: (item: T) => ReactNode;
  /** Where the filter leaves nothing. */
  readonly none: string;
  readonly onChange: ChangeList;
}

// Roles are said although a table has them: browsers forget them where a row is laid out as a grid, on a phone.

/** Rows in the reader's order, each with what can be done with it. */
export function ListTable<T extends { readonly id: number; readonly name: string }>(props: ListTableProps<T>) {
  const { items, columns, order, pathOf, cells, actions, none, onChange } = props;
  const sign = order.descending ? -1 : 1;
  const by = columns.find((one) => one.column === order.column)?.compare;
  const rows = useSteadyOrder(items, {
    keyOf: pathOf,
    compare: (a, b) => sign * (by?.(a, b) ?? 0) || sign * compareText(a.name, b.name),
    choice: `${order.column} ${sign}`,
  });
  return (
    <table className="table list-table" role="table">
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ column, title, className }) => (
            <SortHead
              key={column}
              column={column}
              columns={columns.map((one) => one.column)}
              order={order}
              className={className}
              onSort={(sort) => {
                onChange({ sort });
              }}
            >
              {title}
            </SortHead>
          ))}
          <th role="columnheader" scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((item) => (
          <tr key={item.id} role="row" data-path={pathOf(item)}>
            {cells(item)}
            <td role="cell" className="actions">
              {actions(item)}
            </td>
          </tr>
        ))}
        {rows.length === 0 && (
          <tr role="row">
            <td role="cell" colSpan={columns.length + 1} className="dim">
              {none}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
