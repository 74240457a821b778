/** In the order in which people look for them: by name, wherever the list came from. */
export function byName<T extends { readonly name: string }>(things: readonly T[]): T[] {
  return things.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}
