/**
 * The part of @abandonware/bleno 0.6 that we use. Written down here because the package is optional:
 * the build must not need it.
 */
export interface Bleno {
  on(event: 'stateChange', listener: (state: string) => void): void;
  on(event: 'accept' | 'disconnect', listener: (address: string) => void): void;
  on(event: 'advertisingStart' | 'advertisingStop', listener: () => void): void;
  on(event: 'advertisingStartError', listener: (error: Error) => void): void;
  startAdvertisingWithEIRData(advert: Buffer, scanResponse: Buffer): void;
  stopAdvertising(): void;
  setServices(services: unknown[]): void;
  disconnect(): void;
  PrimaryService: new (options: { uuid: string; characteristics: unknown[] }) => unknown;
  Characteristic: new (options: CharacteristicOptions) => unknown;
  /** Not public. The only place where a phone's packets can be judged before bleno meets them. */
  _bindings: BlenoBindings;
}

export interface CharacteristicOptions {
  uuid: string;
  properties: ('read' | 'write' | 'notify')[];
  /** The value must be cut at the offset already. Answers at once, or the phone may be another. */
  onReadRequest?: (offset: number, answer: (result: number, value?: Buffer) => void) => void;
  onWriteRequest?: (
    value: Buffer,
    offset: number,
    withoutResponse: boolean,
    answer: (result: number) => void,
  ) => void;
  onSubscribe?: (maxLength: number, notify: (value: Buffer) => void) => void;
  onUnsubscribe?: () => void;
}

export interface BlenoBindings {
  /** Bound when bleno starts its HCI, so it may be replaced before. */
  onAclDataPkt(handle: number, channel: number, packet: Buffer): void;
  _handle: number | null;
  _aclStream: { write(channel: number, packet: Buffer): void } | null;
  _hci: { disconnect(handle: number): void };
}
