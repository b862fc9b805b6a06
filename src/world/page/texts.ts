import { createPageTexts } from '../../page/page-texts.ts';
import type { PanelTextKey } from '../../page/panel-texts.ts';
import type { OwnTextKey } from './text-keys.ts';
import { danish } from './texts-da.ts';
import { english } from './texts-en.ts';
import { finnish } from './texts-fi.ts';

export type TextKey = OwnTextKey | PanelTextKey;

export const { textOf, reasonText } = createPageTexts<OwnTextKey>({
  da: danish,
  fi: finnish,
  en: english,
});
