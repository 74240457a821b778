import { PostgresDialect, type Driver } from 'kysely';
import { DrainingDriver } from './driver.ts';
import { createPool } from './pool.ts';

/** PostgreSQL by Kysely's own dialect, with a driver that ends politely and speaks of failures in our words. */
export class PostgresControlDialect extends PostgresDialect {
  constructor(url: string, poolSize: number) {
    super({ pool: () => createPool(url, poolSize) });
  }

  override createDriver(): Driver {
    return new DrainingDriver(super.createDriver());
  }
}
