import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  answersFromCsv,
  answersFromYaml,
  mergedAnswers,
} from '../../../src/field/provision/answers.ts';
import { load } from '../../config/config-file.ts';

const guide = readFileSync('docs/technician.md', 'utf8');
const blocks = [...guide.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
const block = (language: string) => blocks.find(([, name]) => name === language)?.[2] ?? '';

it("the answers of the technician's guide make a whole config for each till", () => {
  const common = answersFromYaml(block('yaml'), 'common.yaml');
  for (const id of ['till-1', 'till-2']) {
    const { config, store } = mergedAnswers(common, answersFromCsv(block(''), id, 'box.csv'));
    expect(load(config)).toMatchObject({
      terminal: { id },
      pos: { name: id.replace('till-', 'Kasse ') },
      panel: { display: { driver: 'escpos' }, lights: { driver: 'onoff' } },
    });
    expect(store).toBe('Bageriet');
  }
});

it("the technician's guide stays at two pages", () => {
  expect(guide.split(/\s+/).length).toBeLessThan(1000);
  expect(guide.split('\n').length).toBeLessThan(140);
});
