import qrcode from 'qrcode';

/**
 * A QR code as an SVG document: dark on white, with the quiet zone of 4 modules that ISO/IEC 18004
 * wants, since counters are dark. Level M mends 15 % and leaves the modules large enough for a
 * small display.
 */
export function qrSvg(text: string): Promise<string> {
  return qrcode.toString(text, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
}
