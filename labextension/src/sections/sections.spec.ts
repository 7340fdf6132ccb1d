import { describe, expect, it } from 'vitest';

import { VERSION, type EntryWrittenEntry, type Operation, type RecordedFacts } from '../protocol';
import { Store } from '../session/store';
import { ArtifactsModel } from './artifacts/model';
import { DataModel } from './data/model';
import { ModelsModel } from './models/model';
import { OverviewModel } from './overview/model';
import type { SectionModel } from './sectionmodel';

let count = 0;

function entry(
  action: Operation['action'],
  name: string,
  execution: number,
  ...facts: RecordedFacts[]
): Extract<EntryWrittenEntry, { entry: 'Recorded' }> {
  count += 1;
  return {
    entry: 'Recorded',
    run: 'r',
    number: count,
    at: 1,
    outcome: 'done',
    decision: { effect: 'permit' },
    facts,
    micros: 1000,
    operation: {
      id: `o${count}`,
      action,
      subject: { name: 's' },
      resource: { kind: action === 'fit' || action === 'predict' ? 'model' : 'file', name },
      cell: { execution },
      library: 'pandas',
      function: 'f',
      at: 1
    }
  };
}

function looking<T extends SectionModel>(model: T, ...entries: EntryWrittenEntry[]): T {
  const store = new Store(run => run());
  const events = entries.map((one, index) => ({ seq: index + 1, notice: { type: 'entry', entry: one } }));
  store.receive({ version: VERSION, run: 'r', events });
  model.store = store;
  return model;
}

const shape: RecordedFacts = { fact: 'Shape', rows: 5, columns: ['id', 'mail'], types: ['int64', 'str'] };
const labels: RecordedFacts = { fact: 'Labels', labels: [{ column: 'mail', type: 'EMAIL', score: 1 }] };

describe('data', () => {
  it('shows columns with type and labels, the labelled first', () => {
    const [row] = looking(new DataModel(), entry('read', 'a.csv', 1, shape, labels)).rows;
    expect(row.columns.map(column => [column.name, column.type, column.labels.length])).toEqual([
      ['mail', 'str', 1],
      ['id', 'int64', 0]
    ]);
    expect([row.rows, row.reads, row.labelled]).toEqual([5, 1, 1]);
  });

  it('takes what was learned later', () => {
    const first = entry('read', 'a.csv', 1, shape);
    const later: EntryWrittenEntry = {
      entry: 'Amended',
      run: 'r',
      number: 0,
      at: 1,
      amends: first.operation.id,
      control: 'pii',
      facts: [labels]
    };
    const [row] = looking(new DataModel(), first, later).rows;
    expect([row.reads, row.labelled]).toEqual([1, 1]);
  });

  it('can be asked for one cell, and for a kind of personal data', () => {
    const model = looking(new DataModel(), entry('read', 'a.csv', 1, labels), entry('read', 'b.csv', 2));
    model.cell = { execution: 2 };
    expect(model.rows.map(row => row.resource.name)).toEqual(['b.csv']);
    model.cell = null;
    model.query = 'email';
    expect(model.rows.map(row => row.resource.name)).toEqual(['a.csv']);
  });
});

describe('artifacts', () => {
  const sealed: RecordedFacts = { fact: 'SealedFor', recipients: ['age1x'], digest: 'd1', size: 9 };

  it('are sealed or plain as they were written last', () => {
    const model = looking(
      new ArtifactsModel(),
      entry('write', 'a', 1, sealed),
      entry('write', 'b', 2, sealed),
      entry('write', 'b', 3)
    );
    expect(model.rows.map(row => [row.resource.name, row.isSealed, row.writes])).toEqual([
      ['b', false, 2],
      ['a', true, 1]
    ]);
    expect(model.sealed).toBe(1);
  });

  it('sealed by a verb later are sealed', () => {
    const did: EntryWrittenEntry = {
      entry: 'Did',
      run: 'r',
      number: 9,
      at: 1,
      verb: 'sealed',
      subject: 'a',
      details: { recipients: 'age1x', sha256: 'd2' }
    };
    const [row] = looking(new ArtifactsModel(), entry('write', 'a', 1), did).rows;
    expect([row.isSealed, row.recipients, row.digest]).toEqual([true, ['age1x'], 'd2']);
  });
});

describe('models', () => {
  it('gather the uses of a fit, and the inputs that were unlike it', () => {
    const fit = entry('fit', 'Forest', 1, { fact: 'ModelFacts', model: 'Forest', rows: 9, features: 2 });
    const asked = (ok: boolean): EntryWrittenEntry =>
      entry(
        'predict',
        'Forest',
        2,
        { fact: 'ModelFacts', model: 'Forest', rows: 3, training: [fit.operation.id] },
        { fact: 'SchemaVerdict', schema: 'Forest', state: 'learned', ok, failures: ok ? [] : [['x', 'ge', 2]] }
      );
    const model = looking(new ModelsModel(), fit, asked(true), asked(false));
    expect(model.rows.length).toBe(1);
    const [row] = model.rows;
    expect([row.isFitted, row.rows, row.uses, row.usedRows, row.broken]).toEqual([true, 9, 2, 6, 1]);
  });
});

describe('the overview', () => {
  it('tells what each cell did and what of it was not seen', () => {
    const coverage: RecordedFacts = { fact: 'Coverage', read: 10, unobserved: [{ kind: 'shell', count: 1 }] };
    const model = looking(
      new OverviewModel(),
      entry('read', 'a', 1),
      entry('write', 'b', 1),
      entry('execute', 'In[1]', 1, coverage)
    );
    expect(model.tally).toEqual({ reads: 1, writes: 1, fits: 0, uses: 0 });
    expect(model.cells.map(row => [row.reads, row.writes, row.coverage?.unobserved?.length])).toEqual([[1, 1, 1]]);
  });
});

describe('a section that is not in front', () => {
  it('does not draw, and is up to date when it comes to the front', () => {
    const model = looking(new DataModel());
    let drawn = 0;
    model.changed.connect(() => (drawn += 1));
    model.isShown = false;
    const events = [{ seq: 1, notice: { type: 'entry', entry: entry('read', 'a.csv', 1) } }];
    (model.store as Store).receive({ version: VERSION, run: 'r', events });
    expect(drawn).toBe(0);
    model.isShown = true;
    expect([drawn, model.rows.length]).toEqual([1, 1]);
  });
});

describe('five thousand entries', () => {
  it('are all in every section', () => {
    const many = Array.from({ length: 5000 }, (_, n) =>
      entry(n % 2 ? 'read' : 'write', `${n}.csv`, 1 + (n % 400), shape, labels)
    );
    expect(looking(new DataModel(), ...many).rows.length).toBe(5000);
    expect(looking(new ArtifactsModel(), ...many).rows.length).toBe(2500);
    expect(looking(new OverviewModel(), ...many).cells.length).toBe(400);
  });
});
