import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { SimulatedClient } from './demo.ts';

export interface TokenClaims {
  clientId: string;
  /** As the client asked for it; null when it did not. */
  merchantVat: string | null;
  generation: number;
  expiresAtMs: number;
}

/** Signed bearer tokens: a restarted simulator still knows those it gave out before. */
export class Tokens {
  readonly #clients: ReadonlyMap<string, SimulatedClient>;
  readonly #verified = new Map<string, TokenClaims>();

  constructor(clients: readonly SimulatedClient[]) {
    this.#clients = new Map(clients.map((client) => [client.clientId, client]));
  }

  client(clientId: string): SimulatedClient | undefined {
    return this.#clients.get(clientId);
  }

  issue(claims: TokenClaims): string {
    const payload = Buffer.from(JSON.stringify({ ...claims, id: randomUUID() })).toString(
      'base64url',
    );
    return `${payload}.${this.#sign(claims.clientId, payload)}`;
  }

  /** The claims of a token that is ours and still good, else undefined. */
  verify(token: string, nowMs: number, generation: number): TokenClaims | undefined {
    const claims = this.#verified.get(token) ?? this.#decode(token);
    if (claims === undefined || claims.generation !== generation || claims.expiresAtMs <= nowMs) {
      this.#verified.delete(token);
      return undefined;
    }
    this.#verified.set(token, claims);
    return claims;
  }

  #decode(token: string): TokenClaims | undefined {
    const [payload, signature] = token.split('.');
    if (payload === undefined || signature === undefined) return undefined;
    try {
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims;
      if (!this.#clients.has(claims.clientId)) return undefined;
      const expected = this.#sign(claims.clientId, payload);
      return sameText(expected, signature) ? claims : undefined;
    } catch {
      return undefined;
    }
  }

  #sign(clientId: string, payload: string): string {
    const secret = this.#clients.get(clientId)?.clientSecret ?? '';
    return createHmac('sha256', secret).update(payload).digest('base64url');
  }
}

export function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
