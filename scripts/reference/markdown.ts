export const GENERATED = '<!-- Generated from the code by `npm run docs`; edit the code. -->';

/** A page: its parts with an empty line between. */
export function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '--')), ...rows.map(line)].join('\n');
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function code(text: string): string {
  return `\`${text}\``;
}
