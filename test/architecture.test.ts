/** Keeps ARCHITECTURE.md true: who imports whom, where SQL is written, how long a file may be. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const TOPS = ['shared', 'extension', 'host', 'manifests', 'site', 'test', 'bench'];
const MAX_LINES = 400;

/** A room's own files are always its to import. `node`: which of Node's modules ('all', or by name). */
interface Wall {
  rooms: readonly string[];
  node: 'all' | readonly string[];
}

const HOST_ROOM: Wall = { rooms: ['shared', 'host/core', 'host/platform'], node: 'all' };
const EVERYTHING: Wall = { rooms: ['*'], node: 'all' };

/** ARCHITECTURE.md, "Who may import whom". The longest name that a path begins with is its room. */
const WALLS: Readonly<Record<string, Wall>> = {
  shared: { rooms: [], node: [] },
  extension: { rooms: ['shared'], node: [] },
  'host/core': { rooms: ['shared'], node: [] },
  'host/platform': { rooms: ['shared', 'host/core'], node: 'all' },
  'host/store': HOST_ROOM,
  'host/library': HOST_ROOM,
  'host/bittorrent': HOST_ROOM,
  'host/lbry': HOST_ROOM,
  'host/sites': HOST_ROOM,
  'host/daemon': HOST_ROOM,
  'host/http': { rooms: HOST_ROOM.rooms, node: ['http', 'stream', 'crypto'] },
  'host/gateways': { rooms: [...HOST_ROOM.rooms, 'host/http'], node: [] },
  'host/workers': EVERYTHING,
  'host/cli': EVERYTHING,
  host: EVERYTHING, // what composes the rooms
  manifests: { rooms: ['shared'], node: 'all' },
  site: { rooms: [], node: 'all' },
  test: EVERYTHING,
  bench: EVERYTHING,
};

interface Import {
  from: string;
  /** as it is written */
  specifier: string;
  /** path from the root, of an import of our own */
  path?: string;
}

// This file quotes imports of every form.
const files = TOPS.flatMap(top => sourcesUnder(top)).filter(file => file !== 'test/architecture.test.ts');
const imports = files.flatMap(file => importsOf(file, read(file)));

function sourcesUnder(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(ts|tsx|mts|js|mjs)$/.test(entry.name))
    .map(entry => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter(path => !/(^|\/)(node_modules|dist|vectors)\//.test(path))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Comments may quote an import; strings of several lines do not occur at the start of one. */
function withoutComments(source: string): string {
  return source.replace(/^\s*(\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '');
}

function importsOf(from: string, source: string): Import[] {
  const text = withoutComments(source);
  const patterns = [
    /^\s*(?:import|export)\s[^'";]*?\sfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\s*\(\s*['"]([^'"]+)['"]/g,
    /\brequire\s*\(\s*['"]([^'"]+)['"]/g,
  ];
  return patterns
    .flatMap(pattern => [...text.matchAll(pattern)].map(match => match[1] ?? ''))
    .map(specifier => ({
      from,
      specifier,
      ...(specifier.startsWith('.') && { path: posix.join(dirname(from), specifier) }),
    }));
}

function roomOf(path: string): string {
  const rooms = Object.keys(WALLS).filter(room => path.startsWith(`${room}/`));
  const room = rooms.sort((a, b) => b.length - a.length)[0];
  return room ?? path.split('/', 1)[0] ?? path;
}

/** Why this import may not be; undefined where it may. */
function offence({ from, specifier, path }: Import): string | undefined {
  const room = roomOf(from);
  const wall = WALLS[room];
  if (!wall) return `${from}: no room of ARCHITECTURE.md`;
  if (path !== undefined) {
    const other = roomOf(path);
    const allowed = other === room || wall.rooms.includes('*') || wall.rooms.includes(other);
    return allowed ? undefined : `${room} → ${other}: ${from} imports ${specifier}`;
  }
  const module = specifier.replace(/^node:/, '');
  if (!isBuiltin(specifier) || wall.node === 'all' || wall.node.includes(module.split('/', 1)[0] ?? ''))
    return undefined;
  return `${room} → Node's ${module}: ${from}`;
}

describe('the walls', () => {
  it('reads imports of every form, and none from a comment', () => {
    const source = [
      "import a from './a.ts';",
      "import {\n  b,\n  type C,\n} from '../b.ts';",
      "export type { D } from './d.ts';",
      "import './e.ts';",
      "const f = await import('./f.ts');",
      "let g: import('node:fs').Stats;",
      "// import h from './h.ts';",
      "/**\n * import i from './i.ts'\n */",
    ].join('\n');
    const specifiers = importsOf('host/x/y.ts', source).map(each => each.specifier);
    expect(specifiers.sort()).toEqual(['../b.ts', './a.ts', './d.ts', './e.ts', './f.ts', 'node:fs']);
  });

  it('tells an offending pair from an allowed one', () => {
    const between = (from: string, specifier: string) =>
      offence({ from, specifier, ...(specifier.startsWith('.') && { path: posix.join(dirname(from), specifier) }) });
    expect(between('host/sites/a.ts', '../core/ports.ts')).toBeUndefined();
    expect(between('host/main.ts', './sites/a.ts')).toBeUndefined();
    expect(between('host/sites/a.ts', '../store/b.ts')).toContain('host/sites → host/store');
    expect(between('host/sites/a.ts', '../main.ts')).toContain('host/sites → host');
    expect(between('host/core/a.ts', 'node:fs')).toContain("host/core → Node's fs");
    expect(between('shared/a.ts', '../host/core/ports.ts')).toContain('shared → host/core');
    expect(between('elsewhere/a.ts', './b.ts')).toContain('no room');
  });

  it('stand: no room imports what it may not', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.map(offence).filter(found => found !== undefined)).toEqual([]);
  });

  it('every import of our own exists', () => {
    const missing = imports.filter(({ path }) => path !== undefined && !existsSync(join(ROOT, path)));
    expect(missing.map(({ from, specifier }) => `${from}: ${specifier}`)).toEqual([]);
  });

  it('every package that is imported is one that package.json names', () => {
    const manifest = JSON.parse(read('package.json'));
    const named = new Set([...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)]);
    const unnamed = imports
      .filter(({ path, specifier }) => path === undefined && !isBuiltin(specifier))
      .filter(({ specifier }) => !named.has(packageOf(specifier)) && !named.has(`@types/${specifier}`));
    expect(unnamed.map(({ from, specifier }) => `${from}: ${specifier}`)).toEqual([]);
  });
});

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

describe('the files', () => {
  it('SQL is written in host/store alone', () => {
    const statement =
      /\b(SELECT\s[\s\S]{1,200}?\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|DELETE\s+FROM\s|UPDATE\s+\w+\s+SET\s|CREATE\s+(TABLE|INDEX)\s)/;
    const outside = files.filter(file => file.startsWith('host/') && !file.startsWith('host/store/'));
    const speaking = outside.filter(
      file =>
        statement.test(withoutComments(read(file))) ||
        imports.some(each => each.from === file && each.specifier === 'node:sqlite'),
    );
    // The home's lock is an exclusive transaction, held for life, on a database of its own (lock.db).
    expect(speaking.filter(file => file !== 'host/daemon/lock.ts')).toEqual([]);
  });

  it(`none is longer than ${MAX_LINES} lines`, () => {
    const long = files.map(file => ({ file, lines: read(file).trimEnd().split('\n').length }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it('the first line of each says what it is', () => {
    const silent = files
      .filter(file => /^(host|shared|extension|manifests|site)\/.*\.tsx?$/.test(file))
      .filter(file => !/^\/\*\*(\s|$)/.test(read(file)));
    expect(silent).toEqual([]);
  });
});
