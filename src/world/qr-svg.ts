import qrcode from 'qrcode';

/** A QR code as an SVG document, dark on white with the quiet zone that a camera needs. */
export function qrSvg(text: string): Promise<string> {
  return qrcode.toString(text, { type: 'svg', errorCorrectionLevel: 'M', margin: 3 });
}
