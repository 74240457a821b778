/** The secret of a one-time link: the address's fragment, a pasted address, or the secret alone. Null where there is none. */
export function linkIn(text: string): string | null {
  return /(?:^|#)(tacho_l_[A-Za-z0-9_-]{8,512})\s*$/.exec(text.trim())?.[1] ?? null;
}
