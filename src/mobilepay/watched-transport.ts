import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

/** What is known of how a request left; filled in as it happens. */
export interface Departure {
  /** A byte of the request may be on its way. */
  sent: boolean;
  reused: boolean;
  /** `mayStillSend` said no when the connection stood. */
  withdrawn: boolean;
  /** Ends the request wherever it is; axios then rejects. */
  abort: () => void;
  /** Given by the transport: the request that an abort destroys. */
  attach: (request: ClientRequest) => void;
}

export function createDeparture(): Departure {
  let request: ClientRequest | undefined;
  let aborted = false;
  return {
    sent: false,
    reused: false,
    withdrawn: false,
    abort(): void {
      aborted = true;
      request?.destroy();
    },
    attach(given): void {
      request = given;
      if (aborted) given.destroy();
    },
  };
}

/**
 * Node's own transport, watched: a request leaves at once on a reused connection, and on a new
 * one the moment it stands, for TLS after the certificate was accepted. Before that, nothing left.
 */
export function watchedTransport(departure: Departure, mayStillSend: (() => boolean) | undefined) {
  return {
    request(
      options: RequestOptions,
      onResponse: (response: IncomingMessage) => void,
    ): ClientRequest {
      const secure = options.protocol === 'https:';
      const request = (secure ? https : http).request(options, onResponse);
      departure.attach(request);
      request.once('socket', (socket: Socket) => {
        if (request.reusedSocket || !socket.connecting) {
          departure.reused = request.reusedSocket;
          departure.sent = true;
          return;
        }
        // Node's own listener, which writes the request, is added after this one.
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          if (mayStillSend?.() === false) {
            departure.withdrawn = true;
            request.destroy();
            socket.destroy();
          } else {
            departure.sent = true;
          }
        });
      });
      return request;
    },
  };
}
