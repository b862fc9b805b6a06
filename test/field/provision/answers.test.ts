import { describe, expect, it } from 'vitest';
import {
  answersFromCsv,
  answersFromYaml,
  mergedAnswers,
} from '../../../src/field/provision/answers.ts';

describe('answers in YAML', () => {
  it('are the keys of a config file, and what only provisioning needs', () => {
    const text = 'store: Bageriet\nlogin: password\ntakeOver: true\npos: { name: Kasse 1 }\n';
    expect(answersFromYaml(text, 'x.yaml')).toEqual({
      store: 'Bageriet',
      login: 'password',
      takeOver: true,
      config: { pos: { name: 'Kasse 1' } },
    });
  });

  it.each([
    ['a list', '- a\n', /x\.yaml: must be sections/],
    ['a login that is none', 'login: fingerprint\n', /login: must be one of certificate, password/],
    ['a yes that is no boolean', 'takeOver: sure\n', /takeOver: must be true or false/],
    ['YAML that is broken', 'pos: {\n', /x\.yaml:\d+:\d+:/],
  ])('with %s are refused', (_what, text, message) => {
    expect(() => answersFromYaml(text, 'x.yaml')).toThrow(message);
  });
});

describe('answers in CSV', () => {
  const text = `host,terminal.id,pos.name,pos.beaconId,refund.enabled,mqtt.url,takeOver,store
pi-1,till-1,Kasse 1,123456789012345,false,mqtts://a:8883,TRUE,Bageriet
pi-2,2,Kasse 2,,,"[""mqtts://a"",""mqtts://b""]",,
`;

  it('are those of the row with that terminal.id, each of the type its key has', () => {
    expect(answersFromCsv(text, 'till-1', 'x.csv')).toEqual({
      store: 'Bageriet',
      takeOver: true,
      config: {
        terminal: { id: 'till-1' },
        pos: { name: 'Kasse 1', beaconId: '123456789012345' },
        refund: { enabled: false },
        mqtt: { url: 'mqtts://a:8883' },
      },
    });
  });

  it('are those of a row by its number too, where no terminal has that name', () => {
    expect(answersFromCsv(text, '1', 'x.csv').config).toMatchObject({ terminal: { id: 'till-1' } });
    expect(answersFromCsv(text, '2', 'x.csv').config).toMatchObject({
      terminal: { id: '2' },
      mqtt: { url: ['mqtts://a', 'mqtts://b'] },
    });
  });

  it.each([
    ['an unknown row', text, 'till-9', /no row till-9; it has 2 rows/],
    [
      'a misspelt column',
      'terminal.id,pos.nmae\na,b\n',
      'a',
      /column pos\.nmae.*did you mean pos\.name/,
    ],
    [
      'a secret',
      'terminal.id,clientSecret\na,b\n',
      'a',
      /clientSecret: secrets are not in this file/,
    ],
    ['more cells than columns', 'terminal.id\na,b\n', 'a', /more cells than columns/],
    ['a list that is no JSON', 'terminal.id,mqtt.url\na,[x\n', 'a', /mqtt\.url: must be JSON/],
  ])('with %s are refused', (_what, csv, row, message) => {
    expect(() => answersFromCsv(csv, row, 'x.csv')).toThrow(message);
  });

  it('count before what is common to all, key by key', () => {
    const common = answersFromYaml('store: A\npos: { name: X, callbackAlias: y }\n', 'x.yaml');
    const row = answersFromCsv('terminal.id,pos.name\ntill-1,Kasse 1\n', 'till-1', 'x.csv');
    expect(mergedAnswers(common, row)).toEqual({
      store: 'A',
      config: { terminal: { id: 'till-1' }, pos: { name: 'Kasse 1', callbackAlias: 'y' } },
    });
  });
});
