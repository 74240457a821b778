import { useComputedColorScheme } from '@mantine/core';
import { themes, type ChartTheme } from '../../../src/charts/theme.ts';

/** The colours in use now. */
export function useChartTheme(): ChartTheme {
  return themes[useComputedColorScheme('light', { getInitialValueInEffect: false })];
}
