import { colorsTuple, createTheme, virtualColor, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import { darkTheme, lightTheme, type ChartTheme, type StateTone } from '../../../src/charts/theme.ts';

export const FONT = "'Inter Variable', Inter, system-ui, sans-serif";

/** Mantine names its dark greys by number: text first, page last. */
function darkGreys({ text, dim, hairline, raised, surface, page }: ChartTheme): MantineColorsTuple {
  return [text, text, dim, dim, hairline, raised, surface, page, page, page];
}

/** Mantine's side of the theme: sizes and the accent. Every colour comes from the shared chart theme. */
export const theme = createTheme({
  fontFamily: FONT,
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '20px' },
  lineHeights: { md: '1.5' },
  defaultRadius: 6,
  radius: { xs: '3px', sm: '6px', md: '6px', lg: '6px', xl: '6px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '20px', lineHeight: '1.3' }, h2: { fontSize: '13px', lineHeight: '1.4' } } },
  colors: {
    dark: darkGreys(darkTheme),
    lightAccent: colorsTuple(lightTheme.accent),
    darkAccent: colorsTuple(darkTheme.accent),
    accent: virtualColor({ name: 'accent', light: 'lightAccent', dark: 'darkAccent' }),
  },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  focusRing: 'auto',
  cursorType: 'pointer',
});

const tones: readonly StateTone[] = ['good', 'attention', 'bad', 'unknown'];

/** The shared colours as custom properties, and Mantine's own few pointed at them. */
function variables(colours: ChartTheme): Record<string, string> {
  return {
    '--page': colours.page,
    '--surface': colours.surface,
    '--raised': colours.raised,
    '--hairline': colours.hairline,
    '--text': colours.text,
    '--dim': colours.dim,
    '--accent': colours.accent,
    '--on-accent': colours.onAccent,
    ...Object.fromEntries(
      tones.flatMap((tone) => [
        [`--${tone}-mark`, colours.state[tone].mark],
        [`--${tone}-text`, colours.state[tone].text],
      ]),
    ),
    '--mantine-color-body': colours.page,
    '--mantine-color-text': colours.text,
    '--mantine-color-dimmed': colours.dim,
    '--mantine-color-default': colours.surface,
    '--mantine-color-default-hover': colours.raised,
    '--mantine-color-default-color': colours.text,
    '--mantine-color-default-border': colours.hairline,
    '--mantine-color-placeholder': colours.dim,
    '--mantine-color-anchor': colours.accent,
    '--mantine-color-disabled': colours.raised,
    '--mantine-color-disabled-color': colours.dim,
    '--mantine-color-error': colours.state.bad.text,
  };
}

export const resolver: CSSVariablesResolver = () => ({ variables: {}, light: variables(lightTheme), dark: variables(darkTheme) });
