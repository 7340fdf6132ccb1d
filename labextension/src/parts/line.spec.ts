import { describe, expect, it } from 'vitest';

import { exactly, isOurs, line } from './line';

/** Where Python's `splitlines` splits. */
const ENDS = ['\n', '\r', '\v', '\f', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029'];

describe('a line of ours', () => {
  it('quotes what a shell would take apart', () => {
    expect(line('seal', 'a.csv')).toBe('%mlsec seal a.csv');
    expect(line('seal', `it's "b" $c.csv`)).toBe(`%mlsec seal 'it'"'"'s "b" $c.csv'`);
  });

  it('is not made of a name that would end it, however IPython ends lines', () => {
    for (const end of ENDS) {
      expect(line('seal', `a${end}import os`)).toBe('');
    }
  });

  it('matches one name only', () => {
    expect(exactly('data[1]*.csv')).toBe('data[[]1][*].csv');
  });

  it('is told from other code', () => {
    expect(isOurs('%mlsec schema check a\n%mlsec schema relax a')).toBe(true);
    expect(isOurs('')).toBe(false);
    for (const end of ENDS) {
      expect(isOurs(`%mlsec schema check 'a${end}import os'`)).toBe(false);
    }
  });
});
