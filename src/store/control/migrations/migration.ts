import type { CreateTableBuilder, Kysely } from 'kysely';

/** What engines write differently in the shape of a table. */
export interface SchemaWords {
  /** Adds `id`: an integer primary key that grows by itself and is never given out twice, even after deletions. */
  addId<Table extends string>(table: CreateTableBuilder<Table>): CreateTableBuilder<Table, 'id'>;
}

/** One step forward. It is never edited once released: what it got wrong, a later one mends. */
export interface Migration {
  readonly name: string;
  up(db: Kysely<unknown>, words: SchemaWords): Promise<void>;
}
