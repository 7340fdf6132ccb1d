import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { VERSION, type EntryWrittenEntry, type Finding, type Recorded } from '../protocol';
import { Store } from '../session/store';
import { FindingsModel } from './findings/model';
import { LedgerModel } from './ledger/model';

const trans = nullTranslator.load('jupyter_mlsec');
const common = { run: 'r', number: 0, at: 1e15 };

const finding = (message: string, more: Partial<Finding> = {}): Finding => ({
  control: 'pii',
  rule: 'pii.us-ssn',
  message,
  ...more
});

const recorded = (resource: string, findings: Finding[], more: Partial<Recorded> = {}): Recorded => ({
  ...common,
  entry: 'Recorded',
  outcome: 'done',
  decision: { effect: 'permit', findings },
  operation: {
    id: resource,
    action: 'read',
    subject: { name: 's' },
    resource: { kind: 'file', name: resource },
    cell: { execution: 3 },
    library: 'pandas',
    function: 'read_csv',
    at: 1
  },
  ...more
});

function store(...entries: EntryWrittenEntry[]): Store {
  const made = new Store(run => run());
  const events = entries.map((entry, index) => ({ seq: index + 1, notice: { type: 'entry', entry } }));
  made.receive({ version: VERSION, run: 'r', events });
  expect(made.unknown).toBe(0);
  return made;
}

function findings(...entries: EntryWrittenEntry[]): FindingsModel {
  const model = new FindingsModel();
  model.store = store(...entries);
  return model;
}

describe('findings', () => {
  it('are grouped by resource, the newest first, the gravest on top', () => {
    const model = findings(
      recorded('a', [finding('one')]),
      recorded('b', [finding('two'), finding('three', { level: 'error' })])
    );
    expect(model.groups.map(group => group.resource)).toEqual(['b', 'a']);
    expect(model.groups[0].rows.map(row => row.message)).toEqual(['three', 'two']);
  });

  it('that repeat are one row with a count', () => {
    const model = findings(...Array.from({ length: 9 }, () => recorded('a', [finding('one')])));
    expect(model.groups[0].rows.map(row => row.times)).toEqual([9]);
  });

  it('learned later belong to the resource of the operation they amend', () => {
    const model = findings(recorded('a', []), {
      ...common,
      entry: 'Amended',
      amends: 'a',
      control: 'pii',
      findings: [finding('late')]
    });
    expect(model.groups.map(group => group.resource)).toEqual(['a']);
    expect(model.groups[0].rows[0].cell?.execution).toBe(3);
  });

  it('that are notes show on demand only', () => {
    const model = findings(recorded('a', [finding('quiet', { level: 'note' })]));
    expect(model.groups).toEqual([]);
    expect(model.counts).toEqual({ all: 1, quiet: 1 });
    model.withNotes = true;
    expect(model.groups[0].rows[0].message).toBe('quiet');
  });

  it('that were told stay listed when the cell runs again and they are only recorded', () => {
    const [told, again] = [finding('one'), finding('one', { level: 'note' })];
    const model = findings(recorded('a', [told]), recorded('a', [again]));
    expect(model.groups[0].rows.map(row => [row.level, row.times])).toEqual([['warning', 2]]);
  });

  it('that the user knows are listed with the notes, until that is taken back or over', () => {
    const allowed = { ...common, entry: 'Allowed' as const, id: '7', rule: 'pii.*', reason: 'invented', resource: 'a[1].?' };
    const mute = (resource: string, ...more: EntryWrittenEntry[]): (string | undefined)[] => {
      const model = findings(recorded(resource, [finding('one')]), ...more);
      model.withNotes = true;
      return model.groups.flatMap(group => group.rows.map(row => row.muted?.reason));
    };
    const ended: EntryWrittenEntry = { ...common, entry: 'Did', verb: 'ended an allowance', subject: '7' };
    expect(mute('a1.c', allowed)).toEqual(['invented']);
    expect(mute('a1.c', { ...allowed, until: 1e15 })).toEqual([undefined]);
    expect(mute('a1.c', allowed, ended)).toEqual([undefined]);
    expect(mute('a1.cs', allowed)).toEqual([undefined]);
    expect(findings(recorded('a1.c', [finding('one')]), allowed).groups).toEqual([]);
  });

  it('are found by column, in any case', () => {
    const model = findings(recorded('a', [finding('one', { places: [{ column: 'Salary' }] }), finding('two')]));
    model.query = ' SALARY';
    expect(model.groups[0].rows.map(row => row.message)).toEqual(['one']);
  });

  it('say whether they denied or were allowed', () => {
    const deny = finding('no', { effect: 'deny', level: 'error' });
    const denied = findings(recorded('a', [deny], { outcome: 'denied', decision: { effect: 'deny', findings: [deny] } }));
    const allowed = findings(recorded('a', [deny]));
    expect([denied.groups[0].rows[0].denied, allowed.groups[0].rows[0].allowed]).toEqual([true, true]);
  });

  it('of another notebook do not stay', () => {
    const model = findings(recorded('a', [finding('one')]));
    const old = model.store;
    model.store = store();
    expect(model.groups).toEqual([]);
    expect(old).not.toBe(model.store);
  });
});

describe('the ledger', () => {
  const every: EntryWrittenEntry[] = [
    { ...common, entry: 'Opened', subject: { name: 's' }, profile: 'guard', policy: '' },
    recorded('a.csv', [finding('one')], { micros: 1500 }),
    { ...common, entry: 'Amended', amends: 'a.csv', control: 'pii' },
    { ...common, entry: 'Allowed', id: '1', rule: 'schema.missing', reason: 'known' },
    { ...common, entry: 'Switched', to: 'paused' },
    { ...common, entry: 'Did', verb: 'seal', subject: 'out.csv' },
    { ...common, entry: 'Troubled', where: 'controls.pii', error: 'ValueError' },
    { ...common, entry: 'Closed', recorded: 1 }
  ];

  function ledger(...entries: EntryWrittenEntry[]): LedgerModel {
    const model = new LedgerModel(trans);
    model.store = store(...entries);
    return model;
  }

  it('has words for every kind of entry, newest first', () => {
    const rows = ledger(...every).newest(100);
    expect(rows.map(row => row.seq)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(rows.every(row => row.title.length > 3)).toBe(true);
    expect(new Set(rows.map(row => row.title)).size).toBe(8);
  });

  it('says what was read, with findings and time', () => {
    const [row] = ledger(every[1]).newest(1);
    expect(row.title).toBe('read_csv a.csv');
    expect(row.detail).toBe('read, 1 finding, 2 ms');
    expect(row.at).toBe(1e9);
  });

  it('marks a denial', () => {
    const [row] = ledger(recorded('a', [], { outcome: 'denied' })).newest(1);
    expect([row.tone, row.detail]).toEqual(['denied', 'denied, read']);
  });

  it('filters by text and counts what passes', () => {
    const model = ledger(...every);
    model.query = 'SEAL';
    expect(model.total).toBe(1);
    expect(model.held).toBe(8);
  });
});
