/** What of the network a run may touch: why not, in words, or null where it may. */
export interface Guard {
  /** Asked before a name is looked up. */
  refuseName(host: string): string | null;
  /** Asked before an address is used; `host` is what it was looked up for, or the address itself. */
  refuseAddress(address: string, host: string): string | null;
  /** Asked when another machine connects to a listener. */
  refusePeer(address: string): string | null;
}
