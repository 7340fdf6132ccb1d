import { describe, expect, it } from 'vitest';

import { exactly, isOurs, line } from './line';

describe('a line of ours', () => {
  it('quotes what a shell would take apart', () => {
    expect(line('seal', 'a.csv')).toBe('%mlsec seal a.csv');
    expect(line('seal', `it's "b" $c.csv`)).toBe(`%mlsec seal 'it'"'"'s "b" $c.csv'`);
  });

  it('is not made of a name that would end it', () => {
    expect(line('seal', 'a\nimport os')).toBe('');
  });

  it('matches one name only', () => {
    expect(exactly('data[1]*.csv')).toBe('data[[]1][*].csv');
  });

  it('is told from other code', () => {
    expect(isOurs('%mlsec schema check a\n%mlsec schema relax a')).toBe(true);
    expect(isOurs("%mlsec schema check 'a\nimport os'")).toBe(false);
  });
});
