/** What other systems call our fields; ours win where both are there. */
const aliases = {
  machine_id: 'agent',
  worker_id: 'agent',
  test_type: 'kind',
  type: 'kind',
  task_id: 'run',
  timestamp: 'started_at',
} as const;

/** A posted result with foreign field names read as ours. Anything but an object is returned as it came. */
export function withOurFieldNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  let renamed: Record<string, unknown> | undefined;
  for (const [theirs, ours] of Object.entries(aliases)) {
    if (Object.hasOwn(value, theirs) && !Object.hasOwn(value, ours)) {
      renamed ??= { ...value };
      if (!Object.hasOwn(renamed, ours)) renamed[ours] = renamed[theirs];
    }
  }
  return renamed ?? value;
}
