import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export type NetworkState = 'up' | 'cut' | 'slow';

/** The wire between terminal and platform, at the level of TCP connections. */
export class Network {
  #state: NetworkState = 'up';
  #delayMs = 0;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      if (this.#state === 'cut') {
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get state(): NetworkState {
    return this.#state;
  }

  /** How late every answer leaves. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Cutting ends every live connection at once; new ones end as they begin. */
  set(state: NetworkState, delayMs = 800): void {
    this.#state = state;
    this.#delayMs = state === 'slow' ? delayMs : 0;
    if (state === 'cut') for (const socket of this.#sockets) socket.destroy();
  }
}
