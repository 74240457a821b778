import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { LIVE_PATH } from '../../src/protocol/live.ts';
import type { Api } from './api.ts';

/** How often the API is asked for what is new: what this adds to a latency at most. */
const ASK_EVERY_MS = 50;
/** How far back a question reaches: what is later than this is missed, and counted as missed. */
const WINDOW_MS = 10_000;

interface Seen {
  readonly id: string;
  readonly started_at: string;
  readonly duration_ms: number;
}

/** Latencies from the end of a measurement, and which results they are of. */
export class Latencies {
  readonly ms: number[] = [];
  readonly ids = new Set<string>();

  note({ id, started_at, duration_ms }: Seen, at: number): void {
    if (this.ids.has(id)) return;
    this.ids.add(id);
    this.ms.push(at - (Date.parse(started_at) + duration_ms));
  }
}

export interface Visibility {
  /** Every result, as a listener hears it. */
  readonly live: Latencies;
  /** Results of the followed agents, as the API answers them. */
  readonly api: Latencies;
  /** Results the listener was told it was not sent. */
  readonly skipped: number;
  readonly questions: number;
  readonly messages: number;
}

/** Follows, for a while, when results become visible: all of them on the live connection, those of some agents in the API. */
export async function followResults(url: string, token: string, { api, followed, forMs }: { api: Api; followed: readonly string[]; forMs: number }) {
  const from = Date.now();
  const live = new Latencies();
  const asked = new Latencies();
  let [skipped, messages, questions] = [0, 0, 0];
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${LIVE_PATH}?topics=results`, { headers: { authorization: `Bearer ${token}` } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('message', (data: Buffer) => {
    const at = Date.now();
    messages += 1;
    const message = JSON.parse(data.toString()) as { type: string; items?: readonly Seen[]; count?: number };
    if (message.type === 'skipped') skipped += message.count ?? 0;
    if (message.type === 'results') for (const item of message.items ?? []) live.note(item, at);
  });
  const filter = { agent: followed.join(','), fields: 'started_at,duration_ms', limit: '1000' };
  while (Date.now() < from + forMs) {
    const since = new Date(Math.max(from, Date.now() - WINDOW_MS)).toISOString();
    const asking = sleep(ASK_EVERY_MS);
    const { items } = await api.get<{ items: readonly Seen[] }>(`/api/results?${new URLSearchParams({ ...filter, from: since }).toString()}`);
    const at = Date.now();
    questions += 1;
    for (const item of items) asked.note(item, at);
    await asking;
  }
  socket.close();
  return { live, api: asked, skipped, questions, messages } satisfies Visibility;
}
