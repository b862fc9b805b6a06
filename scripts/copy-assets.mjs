#!/usr/bin/env node
// What the compiler does not carry into dist: the world's page, the label's font, and the executable bit.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const from = 'src/world/page';
const to = 'dist/world/page';
const carried = new Set(['.html', '.css', '.svg', '.png', '.ico', '.woff2', '.webmanifest']);

if (existsSync(from)) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !carried.has(extname(entry.name))) continue;
    const source = join(entry.parentPath, entry.name);
    cpSync(source, join(to, source.slice(from.length)));
  }
}
mkdirSync('dist/field/label', { recursive: true });
cpSync('src/field/label/open-sans-semibold.ttf', 'dist/field/label/open-sans-semibold.ttf');
chmodSync('dist/main.js', 0o755);
