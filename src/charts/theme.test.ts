import { describe, expect, test } from 'vitest';
import { seriesColour, themes, type ChartTheme } from './theme.ts';

/** WCAG 2.2 relative luminance and contrast ratio. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (hi + 0.05) / (lo + 0.05);
}

describe.each(Object.values(themes))('the $scheme theme', (theme: ChartTheme) => {
  const grounds = [theme.page, theme.surface, theme.raised];

  test('has text that reaches WCAG AA on every ground', () => {
    const texts = [theme.text, theme.dim, theme.accent, ...Object.values(theme.state).map((state) => state.text)];
    for (const text of texts) for (const ground of grounds) expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.onAccent, theme.accent)).toBeGreaterThanOrEqual(4.5);
  });

  test('has state marks that reach 3:1 on every ground', () => {
    for (const { mark } of Object.values(theme.state))
      for (const ground of grounds) expect(contrast(mark, ground), `${mark} on ${ground}`).toBeGreaterThanOrEqual(3);
  });

  test('gives eight different lines eight colours, and begins again after them', () => {
    const colours = Array.from({ length: 8 }, (_, i) => seriesColour(theme, i));
    expect(new Set(colours).size).toBe(8);
    expect(seriesColour(theme, 8)).toBe(colours[0]);
  });
});
