/// <reference types="vite/client" />
import { describe, expect, it } from 'vitest';

const sources = import.meta.glob<string>('./**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });
const product = Object.entries(sources).filter(([path]) => !path.includes('.spec.'));

const imports = (path: string, text: string): string[] =>
  [...text.matchAll(/from '(\.{1,2}\/[^']*)'/g)].map(([, target]) => {
    const base = new URL(target, `file:///${path.slice(2)}`).pathname.slice(1);
    const found = [`${base}.ts`, `${base}.tsx`, `${base}/index.ts`].find(file => `./${file}` in sources);
    expect(found, `${path} imports ${target}`).toBeDefined();
    return `./${found}`;
  });

describe('the sources', () => {
  it('have no import cycle', () => {
    const graph = new Map(product.map(([path, text]) => [path, imports(path, text)]));
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]): void => {
      expect(trail, `a cycle: ${[...trail, path].join(' -> ')}`).not.toContain(path);
      if (!done.has(path)) {
        graph.get(path)?.forEach(next => walk(next, [...trail, path]));
        done.add(path);
      }
    };
    graph.forEach((_, path) => walk(path, []));
    expect(done.size).toBe(product.length);
  });

  it('put no text in as HTML', () => {
    const offenders = product.filter(([, text]) => /innerHTML|dangerouslySetInnerHTML|insertAdjacentHTML/.test(text));
    expect(offenders.map(([path]) => path)).toEqual([]);
  });

  it('stay small and say what they are for', () => {
    for (const [path, text] of product.filter(([path]) => path !== './protocol.ts')) {
      expect(text.split('\n').length, path).toBeLessThanOrEqual(400);
      expect(text, path).toMatch(/^\/\*\*/);
    }
  });
});

describe('the styles', () => {
  const styles = import.meta.glob<string>('../style/*.css', { query: '?raw', import: 'default', eager: true });

  it('take colours from the theme only', () => {
    for (const [path, text] of Object.entries(styles)) {
      expect(text.match(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/gi), path).toBeNull();
    }
  });
});
