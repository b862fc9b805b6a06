/** The port that was asked for is in use (exit code 69, EX_UNAVAILABLE). */
export class PortTakenError extends Error {
  readonly exitCode = 69;
  readonly listener: 'api' | 'page';
  readonly port: number;

  constructor(listener: 'api' | 'page', host: string, port: number) {
    super(`${host}:${port} is in use`);
    this.name = 'PortTakenError';
    this.listener = listener;
    this.port = port;
  }
}
