import { join } from 'node:path';
import { systemClock } from '../../../util/clock.ts';
import { resultsStoreContract } from '../results-store.contract.ts';
import { openDuckdbResultsStore } from './duckdb-results-store.ts';

resultsStoreContract((directory) => openDuckdbResultsStore({ path: join(directory, 'results.duckdb'), clock: systemClock }));
