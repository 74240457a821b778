import type { Io } from '../io.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

/** Puts a colour around a text, or leaves it as it is. */
export type Style = (text: string, colour: Colour) => string;

const codes: Record<Colour, readonly [on: number, off: number]> = { green: [32, 39], yellow: [33, 39], red: [31, 39], dim: [2, 22], bold: [1, 22] };

export function plain(text: string): string {
  return text;
}

/** Colours on a terminal only, and not where its owner wants none (no-color.org). */
export function styleFor(io: Pick<Io, 'outIsTerminal' | 'env'>): Style {
  const { NO_COLOR, TERM } = io.env;
  if (!io.outIsTerminal || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb') return plain;
  return (text, colour) => `\u001b[${codes[colour][0]}m${text}\u001b[${codes[colour][1]}m`;
}
