import { TachoError } from '../../src/model/errors.ts';
import type { AgentRow, Agents, ControlStore, KeptSettings, SessionRow, Sessions, TokenRow, Tokens } from '../../src/store/control/control-store.ts';

/** The parts of a control store that authentication uses, in memory, with what a test wants to look at and to hold up. */
export class FakeControl implements Pick<ControlStore, 'agents' | 'tokens' | 'sessions' | 'settings'> {
  readonly tokenRows = new Map<string, TokenRow>();
  readonly agentRows = new Map<number, AgentRow>();
  readonly sessionRows = new Map<string, SessionRow>();
  readonly links = new Map<string, number>();
  /** How often a token was looked up. */
  lookUps = 0;
  /** Every note of a last use, in order. */
  readonly touches: { id: number; at: number }[] = [];
  /** What a write fails with, as a full disk would. */
  writeError: Error | null = null;
  /** Awaited between reading a token and answering it. */
  afterRead: Promise<unknown> = Promise.resolve();

  addToken(hash: string, token: Partial<TokenRow> = {}): TokenRow {
    const row: TokenRow = {
      id: this.tokenRows.size + 1,
      name: 'ci',
      scopes: ['read'],
      agentId: null,
      createdAt: 0,
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      ...token,
    };
    this.tokenRows.set(hash, row);
    return row;
  }

  addAgent(id: number, name: string): void {
    this.agentRows.set(id, {
      id,
      name,
      labels: {},
      version: null,
      platform: null,
      address: null,
      capabilities: {},
      spool: null,
      clockOffsetMs: null,
      external: false,
      createdAt: 0,
      lastSeenAt: null,
      revokedAt: null,
      budgetMbPerDay: null,
      advertise: null,
      listening: null,
    });
  }

  #changeTokens(changes: Partial<TokenRow>, concerned: (token: TokenRow) => boolean): void {
    for (const [hash, token] of this.tokenRows) if (concerned(token)) this.tokenRows.set(hash, { ...token, ...changes });
  }

  #write(): void {
    if (this.writeError !== null) throw this.writeError;
  }

  readonly tokens: Tokens = {
    create: () => Promise.reject(new Error('not part of authentication')),
    list: () => Promise.resolve([...this.tokenRows.values()]),
    findByHash: async (hash) => {
      this.lookUps += 1;
      const row = this.tokenRows.get(hash) ?? null;
      await this.afterRead;
      return row;
    },
    touch: async (id, at) => {
      await Promise.resolve();
      this.#write();
      this.touches.push({ id, at });
      this.#changeTokens({ lastUsedAt: at }, (token) => token.id === id);
    },
    touchAll: async (touches) => {
      for (const { id, at } of touches) await this.tokens.touch(id, at);
    },
    revoke: async (id) => {
      await Promise.resolve();
      this.#write();
      if (![...this.tokenRows.values()].some((token) => token.id === id)) throw new TachoError('not_found', `no such token: id ${id}`);
      this.#changeTokens({ revokedAt: 1 }, (token) => token.id === id);
    },
  };

  readonly agents: Agents = {
    create: () => Promise.reject(new Error('not part of authentication')),
    list: () => Promise.resolve([...this.agentRows.values()]),
    find: (id) => Promise.resolve(this.agentRows.get(id) ?? null),
    findByName: (name) => Promise.resolve([...this.agentRows.values()].find((agent) => agent.name === name) ?? null),
    report: () => Promise.reject(new Error('not part of authentication')),
    reportAll: () => Promise.reject(new Error('not part of authentication')),
    update: () => Promise.reject(new Error('not part of authentication')),
    remove: () => Promise.reject(new Error('not part of authentication')),
    revoke: async (id) => {
      await Promise.resolve();
      this.#write();
      const agent = this.agentRows.get(id);
      if (agent === undefined) throw new TachoError('not_found', `no such agent: id ${id}`);
      this.agentRows.set(id, { ...agent, revokedAt: 1 });
      this.#changeTokens({ revokedAt: 1 }, (token) => token.agentId === id);
    },
  };

  readonly kept = new Map<string, string>();
  readonly settings: KeptSettings = {
    get: (key) => Promise.resolve(this.kept.get(key) ?? null),
    set: (key, value) => {
      if (value === null) this.kept.delete(key);
      else this.kept.set(key, value);
      return Promise.resolve();
    },
  };

  readonly sessions: Sessions = {
    createLoginLink: ({ hash, expiresAt }) => {
      this.links.set(hash, expiresAt);
      return Promise.resolve();
    },
    redeemLoginLink: ({ linkHash, sessionHash, at, expiresAt }) => {
      const linkExpiresAt = this.links.get(linkHash);
      if (linkExpiresAt === undefined || linkExpiresAt <= at) return Promise.resolve(null);
      this.links.delete(linkHash);
      const row: SessionRow = { id: this.sessionRows.size + 1, scopes: ['admin'], createdAt: at, expiresAt };
      this.sessionRows.set(sessionHash, row);
      return Promise.resolve(row);
    },
    create: ({ hash, at, expiresAt }) => {
      const row: SessionRow = { id: this.sessionRows.size + 1, scopes: ['admin'], createdAt: at, expiresAt };
      this.sessionRows.set(hash, row);
      return Promise.resolve(row);
    },
    endAll: () => {
      this.sessionRows.clear();
      this.links.clear();
      return Promise.resolve();
    },
    find: (hash) => Promise.resolve(this.sessionRows.get(hash) ?? null),
    end: (hash) => {
      this.sessionRows.delete(hash);
      return Promise.resolve();
    },
    sweep: (at) => {
      for (const [hash, expiresAt] of this.links) if (expiresAt <= at) this.links.delete(hash);
      for (const [hash, session] of this.sessionRows) if (session.expiresAt <= at) this.sessionRows.delete(hash);
      return Promise.resolve();
    },
  };
}
