/**
 * The first metrics of a kind each have a column of `results`; the others go to `samples`. Every kind of ours has
 * ten at most. A column that a kind does not use costs about nothing on disk, but is written to the log.
 */
export const SLOTS = 12;

export const slotNames: readonly string[] = Array.from({ length: SLOTS }, (_, slot) => `v${slot}`);

/** Codes of `results.status`, by position. Stored: append only. */
export const statusCodes = ['success', 'failed', 'timeout', 'skipped'] as const;

/** Schema version 1. Instants are epoch milliseconds. No index and no key: all lookups go by zone maps of started_at. */
export const LAYOUT_1: readonly string[] = [
  `CREATE TABLE series (
    id INTEGER NOT NULL, agent_id INTEGER NOT NULL, kind VARCHAR NOT NULL,
    destination_id INTEGER, job_id INTEGER, labels MAP(VARCHAR, VARCHAR) NOT NULL)`,
  `CREATE TABLE metrics (id INTEGER NOT NULL, kind VARCHAR NOT NULL, name VARCHAR NOT NULL, slot INTEGER)`,
  `CREATE TABLE results (
    started_at BIGINT NOT NULL, id UUID NOT NULL, series INTEGER NOT NULL, status UTINYINT NOT NULL,
    metric_count UINTEGER NOT NULL, planned_at BIGINT, duration_ms DOUBLE, clock_offset_ms DOUBLE, run VARCHAR,
    failure_source VARCHAR, failure_code VARCHAR, failure_message VARCHAR, details VARCHAR,
    ${Array.from({ length: 12 }, (_, slot) => `v${slot} DOUBLE`).join(', ')})`,
  `CREATE TABLE samples (started_at BIGINT NOT NULL, id UUID NOT NULL, metric INTEGER NOT NULL, value DOUBLE NOT NULL)`,
  `CREATE TABLE marks (agent_id INTEGER NOT NULL, epoch VARCHAR NOT NULL, mark BIGINT NOT NULL)`,
];
