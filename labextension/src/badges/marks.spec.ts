import { describe, expect, it } from 'vitest';

import { VERSION, type EntryWrittenEntry, type Recorded } from '../protocol';
import { Store } from '../session/store';
import { Marks } from './marks';

const recorded = (action: 'read' | 'write', cell: Recorded['operation']['cell'], more: Partial<Recorded> = {}): Recorded => ({
  entry: 'Recorded',
  run: 'r',
  number: 0,
  at: 0,
  outcome: 'done',
  decision: { effect: 'permit' },
  operation: {
    id: 'o',
    action,
    subject: { name: 's' },
    resource: { kind: 'file', name: 'a' },
    cell,
    library: 'pandas',
    function: 'f',
    at: 0
  },
  ...more
});

function store(...entries: EntryWrittenEntry[]): Store {
  const made = new Store(run => run());
  const events = entries.map((entry, index) => ({ seq: index + 1, notice: { type: 'entry', entry } }));
  made.receive({ version: VERSION, run: 'r', events });
  return made;
}

describe('marks', () => {
  it('count what a cell did in its last run only', () => {
    const marks = new Marks();
    marks.update(
      store(
        recorded('read', { execution: 1, id: 'c' }),
        recorded('read', { execution: 2, id: 'c' }),
        recorded('write', { execution: 2, id: 'c' })
      )
    );
    const mark = marks.of('c', null);
    expect([mark?.reads, mark?.writes, mark?.cell.execution]).toEqual([1, 1, 2]);
  });

  it('find a cell without an id by its execution count', () => {
    const marks = new Marks();
    marks.update(store(recorded('read', { execution: 3 })));
    expect(marks.of('unknown', 3)?.reads).toBe(1);
    expect(marks.of('unknown', 4)).toBeUndefined();
  });

  it('take in each event once, however often they look', () => {
    const marks = new Marks();
    const one = store(recorded('read', { execution: 1, id: 'c' }));
    marks.update(one);
    marks.update(one);
    expect(marks.of('c', null)?.reads).toBe(1);
  });

  it('forget when the store does', () => {
    const marks = new Marks();
    const one = store(recorded('read', { execution: 1, id: 'c' }));
    marks.update(one);
    one.clear('looking');
    marks.update(one);
    expect(marks.of('c', null)).toBeUndefined();
  });
});
