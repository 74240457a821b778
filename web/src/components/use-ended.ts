import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { SeriesAnswer } from '../../../src/model/series.ts';
import { useServices } from '../services.tsx';
import { endedLines, type EndedLines } from '../words/ended-lines.ts';

/** Which agents and destinations of some answers are gone: their lines end. */
export function useEnded(answers: readonly SeriesAnswer[]): EndedLines {
  const { queries } = useServices();
  const agents = useQuery(queries.agents()).data;
  const destinations = useQuery(queries.destinations()).data;
  const { agent, destination } = endedLines(answers, { agents, destinations });
  const key = [[...agent].join(), [...destination].join()].join(' ');
  // The same sets as long as they hold the same: a chart is not drawn anew for equal ones.
  return useMemo(() => ({ agent, destination }), [key]);
}
