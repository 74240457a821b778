/** Bytes an interface has received and sent since it came up. */
export interface InterfaceCounters {
  readonly name: string;
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** Linux' /proc/net/dev: a header of two lines, then `name: 8 received figures, 8 sent figures`. */
export function parseNetDev(text: string): InterfaceCounters[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\S+?):\s*(\d+(?:\s+\d+){15})\s*$/.exec(line);
    const figures = match?.[2]?.split(/\s+/).map(Number) ?? [];
    const [name, rxBytes, txBytes] = [match?.[1], figures[0], figures[8]];
    return name === undefined || rxBytes === undefined || txBytes === undefined ? [] : [{ name, rxBytes, txBytes }];
  });
}

export interface MemoryFigures {
  readonly totalBytes: number;
  /** What programs can still get without swapping: free memory and caches that can be dropped. */
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
}

/** Linux' /proc/meminfo, whose `kB` are 1024 bytes; null where it lacks the total or what is available. */
export function parseMeminfo(text: string): MemoryFigures | null {
  const bytes = (key: string): number | null => {
    const match = new RegExp(`^${key}:\\s+(\\d{1,15}) kB`, 'm').exec(text);
    return match?.[1] === undefined ? null : Number(match[1]) * 1024;
  };
  const totalBytes = bytes('MemTotal');
  const availableBytes = bytes('MemAvailable');
  if (totalBytes === null || availableBytes === null) return null;
  return { totalBytes, availableBytes, swapTotalBytes: bytes('SwapTotal') ?? 0, swapFreeBytes: bytes('SwapFree') ?? 0 };
}
