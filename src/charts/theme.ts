/**
 * The one set of colours, shared by the dashboard, reports and images. Text colours reach WCAG AA (4.5:1) on
 * `page` and `surface`; marks reach 3:1 where they carry a state.
 */
export interface ChartTheme {
  readonly scheme: 'light' | 'dark';
  readonly page: string;
  readonly surface: string;
  /** Hover, selected rows, skeletons. */
  readonly raised: string;
  readonly hairline: string;
  readonly text: string;
  readonly dim: string;
  /** What can be acted on. */
  readonly accent: string;
  readonly onAccent: string;
  readonly state: Readonly<Record<StateTone, StateColours>>;
  /** The Okabe-Ito eight, in the order in which lines take them. */
  readonly series: readonly string[];
}

/** What a state asks of the reader. `good` has no colour of its own: colour means that something needs you. */
export type StateTone = 'good' | 'attention' | 'bad' | 'unknown';

export interface StateColours {
  readonly mark: string;
  readonly text: string;
}

/*
 * Okabe and Ito, "Color Universal Design" (2008). Vermilion stands last because it also means `bad`, and black
 * becomes a light grey on a dark page, where it would not be seen.
 */
function okabeIto(black: string): readonly string[] {
  return ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', black, '#f0e442', '#d55e00'];
}

export const lightTheme: ChartTheme = {
  scheme: 'light',
  page: '#f7f8f9',
  surface: '#ffffff',
  raised: '#eef0f2',
  hairline: '#dcdfe3',
  text: '#1b1f24',
  dim: '#596069',
  accent: '#0b62a8',
  onAccent: '#ffffff',
  state: {
    good: { mark: '#6b737c', text: '#1b1f24' },
    attention: { mark: '#b47c00', text: '#7a5300' },
    bad: { mark: '#d55e00', text: '#b04a00' },
    unknown: { mark: '#7d858e', text: '#596069' },
  },
  series: okabeIto('#1b1f24'),
};

export const darkTheme: ChartTheme = {
  scheme: 'dark',
  page: '#111417',
  surface: '#181c20',
  raised: '#22272c',
  hairline: '#30363c',
  text: '#e6e9ec',
  dim: '#a0a8b0',
  accent: '#6db3f2',
  onAccent: '#0d1216',
  state: {
    good: { mark: '#98a1aa', text: '#e6e9ec' },
    attention: { mark: '#e6a817', text: '#f0bd4a' },
    bad: { mark: '#f0752b', text: '#ff9457' },
    unknown: { mark: '#7f8890', text: '#a0a8b0' },
  },
  // A little lighter than on paper: the original blue and green fall under 3:1 on a dark page.
  series: ['#3d9bd9', '#e69f00', '#1fb58a', '#cc79a7', '#7cc8f2', '#c9ced3', '#f0e442', '#e8702a'],
};

export const themes = { light: lightTheme, dark: darkTheme } as const;

/** The colour of the n-th line; after eight they begin again. */
export function seriesColour(theme: ChartTheme, index: number): string {
  return theme.series[index % theme.series.length] ?? theme.text;
}
