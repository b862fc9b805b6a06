/** What MobilePay's app reads from a PoS's QR code (PoS V10, PoS management): all lower case. */
export function qrText(beaconId: string): string {
  return `mobilepaypos://pos?id=${beaconId.toLowerCase()}&source=qr`;
}
