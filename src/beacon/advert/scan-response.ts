import { ADVERT_MAX_BYTES, adStructure, adType, littleEndianUuid } from './ad-structure.ts';
import { SERVICE_UUID } from './service-uuid.ts';

const HEADER_BYTES = 2;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * What a phone hears when it asks for more: the service, where there is one to connect to, and as
 * much of the name as there is room for, in UTF-8 and never half a character.
 */
export function scanResponse(name: string, { connectable }: { connectable: boolean }): Uint8Array {
  const service = connectable
    ? adStructure(adType.completeServiceUuids128, littleEndianUuid(SERVICE_UUID))
    : [];
  const whole = Buffer.from(name);
  const cut = Buffer.from(cutText(name, ADVERT_MAX_BYTES - service.length - HEADER_BYTES));
  const type = cut.length === whole.length ? adType.completeLocalName : adType.shortenedLocalName;
  return Uint8Array.from([...service, ...(cut.length === 0 ? [] : adStructure(type, cut))]);
}

function cutText(text: string, maxBytes: number): string {
  let cut = '';
  for (const { segment } of graphemes.segment(text)) {
    if (Buffer.byteLength(cut + segment) > maxBytes) break;
    cut += segment;
  }
  return cut;
}
