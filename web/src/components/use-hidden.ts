import { useSyncExternalStore } from 'react';
import { useServices } from '../services.tsx';

/** Paths of what is about to be removed, and therefore not shown. */
export function useHidden(): ReadonlySet<string> {
  const { removals } = useServices();
  return useSyncExternalStore(
    (listener) => removals.onChange(listener),
    () => removals.hidden,
  );
}
