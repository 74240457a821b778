import { Button, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { FormDialog } from '../forms/form-dialog.tsx';
import type { ListSearch } from '../pages/list-search.ts';
import { PlusIcon } from './icons.tsx';
import { FilterInput } from './list-tools.tsx';
import { Panel } from './panel.tsx';
import { Empty, QueryView } from './query-view.tsx';
import { useHidden } from './use-hidden.ts';
import { useTitle } from './use-title.ts';

/** Changes the list's state in its address. */
export type ChangeList = (part: Partial<Record<keyof ListSearch, unknown>>) => void;

/** What the things of a list are called. */
interface ListWords {
  /** `Jobs` */
  readonly title: string;
  /** `job` */
  readonly one: string;
  readonly many: string;
  /** What will be here, where nothing is. */
  readonly empty: string;
}

interface ListPageProps<T> {
  readonly words: ListWords;
  readonly query: UseQueryResult<T[]>;
  readonly search: ListSearch;
  readonly onChange: ChangeList;
  readonly pathOf: (item: T) => string;
  /** The sentence above the list; null until all is known that it says. */
  readonly opening: (items: readonly T[]) => string | null;
  readonly table: (items: readonly T[]) => ReactNode;
  /** The form of a new one, or of one that is changed. */
  readonly form: (parts: { readonly edited: T | null; readonly items: readonly T[]; readonly onClose: () => void }) => ReactNode;
}

/** Things that can be looked for, added, changed and removed: a sentence, a table, and a form over it. */
export function ListPage<T extends { readonly id: number; readonly name: string }>(props: ListPageProps<T>) {
  const { words, query, search, onChange, pathOf, opening, table, form } = props;
  useTitle(words.title);
  const hidden = useHidden();
  const items = (query.data ?? []).filter((item) => !hidden.has(pathOf(item)));
  const edited = items.find((item) => item.id === search.edit);
  const onClose = (): void => {
    onChange({ add: undefined, edit: undefined });
  };
  return (
    <>
      <header className="page-head">
        <h1>{words.title}</h1>
        <p className="opening">{(query.data === undefined ? null : opening(items)) ?? '\u00a0'}</p>
      </header>
      <Panel
        title={`All ${words.many}`}
        actions={
          <>
            <FilterInput
              what={words.many}
              value={search.q}
              onChange={(q) => {
                onChange({ q });
              }}
            />
            <Button
              size="xs"
              leftSection={<PlusIcon />}
              onClick={() => {
                onChange({ add: true });
              }}
            >
              Add {words.one}
            </Button>
          </>
        }
      >
        <QueryView query={query} what={`the ${words.many}`} skeleton={<Skeleton height={120} />}>
          {() => (items.length === 0 ? <Empty>{words.empty}</Empty> : table(items))}
        </QueryView>
      </Panel>
      <FormDialog title={edited !== undefined ? `Change ${edited.name}` : search.add === true ? `Add a ${words.one}` : null} onClose={onClose}>
        {form({ edited: edited ?? null, items, onClose })}
      </FormDialog>
    </>
  );
}

/** A list's address after a change: filters and orders replace it, a form is a step of its own. */
export function listStep(part: Partial<Record<keyof ListSearch, unknown>>): { search: (old: ListSearch) => ListSearch; replace: boolean } {
  return { search: (old) => ({ ...old, ...part }) as ListSearch, replace: !('add' in part || 'edit' in part) };
}
