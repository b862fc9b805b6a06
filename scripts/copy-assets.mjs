#!/usr/bin/env node
// What the compiler does not carry into dist: the pages, the label's font, and the executable bit.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const pages = ['page', 'world/page', 'console/page'];
const carried = new Set(['.html', '.css', '.svg', '.png', '.ico', '.woff2', '.webmanifest']);

for (const page of pages) {
  const from = join('src', page);
  const to = join('dist', page);
  if (!existsSync(from)) continue;
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
