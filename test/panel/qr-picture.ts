/** Grey values, 0 black to 255 white, row by row. */
export interface Picture {
  size: number;
  grey: Uint8ClampedArray;
}

/**
 * Draws what `qrSvg` gives, and only that: a square of modules, the dark ones as horizontal strokes
 * one module high. Throws on anything else, so that no part of a picture is silently left out.
 * @returns the picture with `scale` pixels to a module, and how many modules it is wide
 */
export function drawQr(svg: string, scale: number): { picture: Picture; modules: number } {
  const shape =
    /^<svg [^>]*viewBox="0 0 (\d+) (\d+)"[^>]*><path fill="#ffffff" d="M0 0h\1v\1H0z"\/><path stroke="#000000" d="([^"]*)"\/><\/svg>\s*$/.exec(
      svg,
    );
  const [, width = '', height = '', strokes = ''] = shape ?? [];
  if (shape === null || width !== height) throw new Error(`another kind of picture: ${svg}`);
  const modules = Number(width);
  const picture = { size: modules * scale, grey: new Uint8ClampedArray((modules * scale) ** 2) };
  picture.grey.fill(255);
  let x = 0;
  let y = 0;
  for (const [whole, name, first = '', second = '0'] of strokes.matchAll(
    /([Mmh])(\d+)(?:[ ]?(\d+(?:\.5)?))?|./g,
  )) {
    if (name === 'M') {
      x = Number(first);
      y = Number(second) - 0.5;
    } else if (name === 'm') {
      x += Number(first);
    } else if (name === 'h') {
      blacken(picture, { x: x * scale, y: y * scale, width: Number(first) * scale, height: scale });
      x += Number(first);
    } else {
      throw new Error(`not a stroke of a QR code: ${whole}`);
    }
  }
  return { picture, modules };
}

/** Covers a part with black, as a scratch or a shadow does. */
export function blacken(
  { size, grey }: Picture,
  part: { x: number; y: number; width: number; height: number },
): void {
  for (let y = part.y; y < part.y + part.height; y += 1) {
    grey.fill(0, y * size + part.x, y * size + part.x + part.width);
  }
}

/** The picture on a black counter, as a camera sees it in a dark room. */
export function onBlack({ size, grey }: Picture, border: number): Picture {
  const whole = size + 2 * border;
  const around = new Uint8ClampedArray(whole ** 2);
  for (let row = 0; row < size; row += 1) {
    around.set(grey.subarray(row * size, (row + 1) * size), (row + border) * whole + border);
  }
  return { size: whole, grey: around };
}

/** As decoders take it: four bytes a pixel. */
export function rgbaOf({ grey }: Picture): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: grey.length * 4 }, (_, index) =>
    index % 4 === 3 ? 255 : (grey[index >> 2] ?? 0),
  );
}
