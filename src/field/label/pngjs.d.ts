/** The part of pngjs 5 that is used; it brings no types. */
declare module 'pngjs' {
  interface Image {
    width: number;
    height: number;
    data: Buffer;
  }
  export const PNG: {
    sync: {
      read(bytes: Uint8Array): Image;
      write(
        image: Image,
        options: {
          colorType: 0;
          inputColorType: 0;
          bitDepth: 8;
          inputHasAlpha: false;
        },
      ): Buffer;
    };
  };
}
