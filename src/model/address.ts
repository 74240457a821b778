/** Whether a text is an IPv6 address (a zone after % is allowed). By form only: it may still not be assigned. */
export function isIpv6(text: string): boolean {
  const [address = '', zone, ...rest] = text.split('%');
  if (rest.length > 0 || zone === '') return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const hasIpv4Tail = isIpv4(last) && address.endsWith(last);
  const hex = hasIpv4Tail ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = hex.length + (hasIpv4Tail ? 2 : 0);
  return halves.length === 2 ? count <= 7 : count === 8;
}

/** Whether a text is an IPv4 address in dotted decimal. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
