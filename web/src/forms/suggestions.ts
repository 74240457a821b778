/** What a list offers: what is not chosen already and holds what has been typed, as the list itself filters. */
export function suggestionsOf(data: readonly string[], { value, search }: { value: readonly string[]; search: string }): string[] {
  const chosen = new Set(value.map((one) => one.toLowerCase()));
  const typed = search.trim().toLowerCase();
  return data.filter((one) => !chosen.has(one.toLowerCase()) && one.toLowerCase().includes(typed));
}
