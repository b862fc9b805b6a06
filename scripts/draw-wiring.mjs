#!/usr/bin/env node
// Draws hardware/wiring-BOARD.svg from hardware/boards.json, the file the terminal reads as well.
// `--check` draws nothing and fails when a drawing is not the one that would be drawn.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../hardware/', import.meta.url);
const { boards, header, wiring } = JSON.parse(readFileSync(new URL('boards.json', folder), 'utf8'));

const PITCH = 26;
const TOP = 84;
const ODD_X = 560;
const EVEN_X = ODD_X + PITCH;
const RAIL_X = 60;
const colours = {
  green: '#1a7f37',
  yellow: '#b58900',
  red: '#cf222e',
  pay: '#0969da',
  cancel: '#8250df',
};

const pinOf = (name) => Number(Object.keys(header).find((pin) => header[pin] === name));
const pinY = (pin) => TOP + Math.ceil(pin / 2 - 1) * PITCH;
const text = (x, y, words, more = '') => `<text x="${x}" y="${y}" ${more}>${words}</text>`;
const line = (points, colour) =>
  `<polyline points="${points.map((point) => point.join(',')).join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5"/>`;

function headerPins(used) {
  return Object.entries(header).map(([key, name]) => {
    const pin = Number(key);
    const odd = pin % 2 === 1;
    const x = odd ? ODD_X : EVEN_X;
    const y = pinY(pin);
    const strong = used.has(pin);
    const fill = strong ? '#24292f' : '#d0d7de';
    const label = text(
      odd ? x - 14 : x + 14,
      y + 4,
      `${name} · ${pin}`,
      `class="${strong ? 'used' : 'idle'}" text-anchor="${odd ? 'end' : 'start'}"`,
    );
    return `<rect x="${x - 7}" y="${y - 7}" width="14" height="14" rx="2" fill="${fill}"/>${label}`;
  });
}

function light(x, y, colour, ohm) {
  return [
    `<rect x="${x + 90}" y="${y - 8}" width="54" height="16" fill="#fff" stroke="#24292f"/>`,
    text(x + 117, y + 4, `${ohm} Ω`, 'class="small" text-anchor="middle"'),
    `<circle cx="${x + 30}" cy="${y}" r="13" fill="${colour}" fill-opacity="0.2" stroke="${colour}" stroke-width="2"/>`,
    `<path d="M${x + 36},${y - 7} L${x + 36},${y + 7} L${x + 25},${y} Z M${x + 25},${y - 7} L${x + 25},${y + 7}" fill="${colour}" stroke="${colour}"/>`,
  ].join('');
}

function button(x, y, colour) {
  return [
    `<rect x="${x + 16}" y="${y - 13}" width="28" height="26" rx="4" fill="#fff" stroke="${colour}" stroke-width="2"/>`,
    `<circle cx="${x + 30}" cy="${y}" r="7" fill="${colour}" fill-opacity="0.3" stroke="${colour}"/>`,
  ].join('');
}

function parts() {
  return wiring.map((part, index) => {
    const y = TOP + 40 + index * 84;
    const signal = pinOf(`GPIO${part.line}`);
    // A lane of its own for every wire, so that none hides another.
    const laneX = 330 + index * 18;
    const from = pinY(signal);
    const colour = colours[part.part];
    return [
      line(
        [
          [ODD_X - 98, from],
          [laneX, from],
          [laneX, y],
          [RAIL_X + 60, y],
        ],
        colour,
      ),
      line(
        [
          [RAIL_X + 60, y],
          [part.kind === 'light' ? RAIL_X : RAIL_X + 20, y],
        ],
        '#57606a',
      ),
      part.kind === 'light'
        ? light(RAIL_X + 30, y, colour, part.resistorOhm)
        : button(RAIL_X + 30, y, colour),
      text(RAIL_X + 82, y - 18, `${part.part}, GPIO${part.line}, pin ${signal}`, 'class="part"'),
    ].join('\n');
  });
}

/** One ground wire for the lights and one for the buttons, each a rail at the left. */
function grounds() {
  const byPin = Map.groupBy
    ? Map.groupBy(wiring, ({ groundPin }) => groundPin)
    : wiring.reduce(
        (map, part) => map.set(part.groundPin, [...(map.get(part.groundPin) ?? []), part]),
        new Map(),
      );
  return [...byPin].map(([pin, members], index) => {
    const ys = members.map((part) => TOP + 40 + wiring.indexOf(part) * 84);
    const railX = members[0].kind === 'light' ? RAIL_X : RAIL_X + 20;
    const end = index === 0 ? TOP - 20 : Math.max(...ys) + 40;
    const laneX = 440 + index * 14;
    const rail =
      index === 0
        ? [
            [railX, Math.max(...ys)],
            [railX, end],
          ]
        : [
            [railX, Math.min(...ys)],
            [railX, end],
          ];
    return line([...rail, [laneX, end], [laneX, pinY(pin)], [ODD_X - 98, pinY(pin)]], '#57606a');
  });
}

function drawing(board) {
  const used = new Set(wiring.flatMap((part) => [pinOf(`GPIO${part.line}`), part.groundPin]));
  const height = TOP + 20 * PITCH + 40;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${height}" role="img" aria-labelledby="title">
<title id="title">Wiring of lights and buttons to a ${board.name}</title>
<style>text{font:14px system-ui,sans-serif;fill:#24292f}.idle{font-size:11px;fill:#8c959f}.used{font-size:12px;font-weight:600}.small{font-size:11px}.part{font-weight:600}.head{font-size:18px;font-weight:600}</style>
<rect width="720" height="${height}" fill="#fff"/>
${text(24, 34, board.name, 'class="head"')}
${text(240, 34, `chip: ${board.gpioChips[0]}`)}
<rect x="${ODD_X - 14}" y="${TOP - 14}" width="${PITCH + 28}" height="${19 * PITCH + 28}" rx="4" fill="#f6f8fa" stroke="#8c959f"/>
${grounds().join('\n')}
${parts().join('\n')}
${headerPins(used).join('\n')}
${text(24, height - 14, 'Pin 1 is nearest the corner with the SD card. Grey wires: ground.', 'class="small"')}
</svg>
`;
}

let stale = false;
for (const board of boards) {
  const file = new URL(`wiring-${board.id}.svg`, folder);
  const drawn = drawing(board);
  if (!process.argv.includes('--check')) writeFileSync(file, drawn);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== drawn) {
    process.stderr.write(
      `hardware/wiring-${board.id}.svg is stale: run node scripts/draw-wiring.mjs\n`,
    );
    stale = true;
  }
}
process.exitCode = stale ? 1 : 0;
