import { describe, expect, it } from 'vitest';

import type { EntryWrittenEntry, RecordedFacts } from '../../protocol';
import { record, type Known } from '../../session/records';
import { flow } from './flow';
import { Graph } from './graph';
import { BOX, layout, type ILayout } from './layout';

type Action = 'read' | 'write' | 'fit' | 'predict' | 'execute';

let count = 0;

function entry(action: Action, name: string, execution: number, ...facts: RecordedFacts[]): EntryWrittenEntry {
  count += 1;
  return {
    entry: 'Recorded',
    run: 'r',
    number: count,
    at: count,
    outcome: 'done',
    decision: { effect: 'permit' },
    facts,
    operation: {
      id: action === 'fit' ? `fit ${name}` : `o${count}`,
      action,
      subject: { name: 's' },
      resource: { kind: action === 'fit' || action === 'predict' ? 'model' : 'file', name },
      cell: { execution },
      library: 'pandas',
      function: 'f',
      at: count
    }
  };
}

function graph(...entries: EntryWrittenEntry[]): Graph {
  const known: Known = new Map();
  const made = new Graph();
  entries.forEach((one, seq) => {
    const found = record({ seq, entry: one }, known);
    if (found) {
      made.take(found);
    }
  });
  return made;
}

function finished(work: Generator<void, ILayout>): ILayout {
  for (;;) {
    const step = work.next();
    if (step.done) {
      return step.value;
    }
  }
}

const names = (made: Graph, ids: Iterable<number>): string[] => [...ids].map(id => made.nodes[id].name).sort();
const labels = (type: string): RecordedFacts => ({ fact: 'Labels', labels: [{ column: 'c', type, score: 1 }] });
const uses = (...executions: number[]): RecordedFacts => ({ fact: 'CellFacts', uses: executions, writes: ['x', '_2'] });

const PIPELINE = [
  entry('read', 'in.csv', 1, labels('EMAIL')),
  entry('execute', 'In[1]', 1, uses()),
  entry('fit', 'Forest', 2, { fact: 'ModelFacts', model: 'Forest' }),
  entry('execute', 'In[2]', 2, uses(1)),
  entry('predict', 'Forest', 3, { fact: 'ModelFacts', model: 'Forest', training: ['fit Forest'] }),
  entry('write', 'out.csv', 3, labels('EMAIL')),
  entry('execute', 'In[3]', 3, uses(2)),
  entry('read', 'other.csv', 4)
];

describe('the graph', () => {
  it('names what a cell made, not what it imported', () => {
    const facts: RecordedFacts = { fact: 'CellFacts', writes: ['pd', 'frame', '_3'], imported: ['pd'] };
    const made = graph(entry('read', 'in.csv', 1), entry('execute', 'In[1]', 1, facts));
    expect(made.nodes.find(node => node.kind === 'cell')?.detail).toBe('frame');
  });

  it('leads from files by cells and models to outputs', () => {
    const made = graph(...PIPELINE);
    const out = made.nodes.find(node => node.name === 'out.csv');
    expect(names(made, made.traced(out?.id ?? -1, 'up'))).toEqual([
      'Forest',
      'In [1]',
      'In [2]',
      'In [3]',
      'in.csv',
      'out.csv'
    ]);
    expect(names(made, made.traced(out?.id ?? -1, 'down'))).toEqual(['out.csv']);
  });

  it('names what a cell bound, but not what IPython did', () => {
    const made = graph(...PIPELINE);
    expect(made.nodes.find(node => node.name === 'In [2]')?.detail).toBe('x');
  });

  it('has a new node for a file that is written anew, and readers find the newest', () => {
    const made = graph(
      entry('write', 'a', 1),
      entry('write', 'a', 1),
      entry('write', 'a', 2),
      entry('read', 'a', 3)
    );
    const files = made.nodes.filter(node => node.name === 'a');
    expect(files.map(node => node.cell?.execution)).toEqual([1, 2]);
    expect(names(made, made.traced(files[1].id, 'down'))).toEqual(['In [3]', 'a']);
  });

  it('never runs in a circle through one cell', () => {
    const made = graph(entry('write', 'a', 1), entry('read', 'a', 1));
    expect(made.edges.length).toBe(1);
  });

  it('leaves out what was denied', () => {
    expect(graph({ ...entry('write', 'a', 1), outcome: 'denied' } as EntryWrittenEntry).nodes).toEqual([]);
  });
});

describe('personal data', () => {
  it('is told along edges between where it was and where it is again, and nowhere else', () => {
    const made = graph(...PIPELINE);
    const carried = flow(made, finished(layout(made)).order);
    const told = [...carried].map(([edge, { isRecorded, types }]) =>
      [made.nodes[edge.from].name, made.nodes[edge.to].name, types.join(), isRecorded].join(' ')
    );
    expect(told).toContain('in.csv In [1] EMAIL true');
    expect(told).toContain('In [1] In [2] EMAIL false');
    expect(told.some(line => line.startsWith('other.csv'))).toBe(false);
  });
});

describe('the layout', () => {
  const big = (): Graph => {
    const entries: EntryWrittenEntry[] = [];
    for (let n = 1; n <= 200; n += 1) {
      entries.push(entry('read', `in${n % 60}.csv`, n), entry('write', `out${n}.csv`, n));
      entries.push(entry('execute', `In[${n}]`, n, uses(...[n - 1, n - 7, n - 31].filter(one => one > 0))));
    }
    return graph(...entries);
  };

  it('puts each node below what leads to it, and no two boxes over each other', () => {
    const made = big();
    const { places } = finished(layout(made));
    for (const { from, to } of made.edges) {
      expect(places[to].y).toBeGreaterThan(places[from].y);
    }
    const rows = new Map<number, number[]>();
    places.forEach(({ x, y }) => rows.set(y, [...(rows.get(y) ?? []), x].sort((one, other) => one - other)));
    for (const row of rows.values()) {
      row.slice(1).forEach((x, at) => expect(x - row[at]).toBeGreaterThanOrEqual(BOX.width + BOX.gapX - 1e-6));
    }
  });

  it('keeps known nodes about where they were when some come', () => {
    const before = graph(...PIPELINE);
    const first = finished(layout(before));
    const after = graph(...PIPELINE, entry('write', 'late.csv', 5), entry('execute', 'In[5]', 5, uses(3)));
    const second = finished(layout(after, first));
    const order = (one: ILayout): number[] => [0, 1, 2].sort((a, b) => one.places[a].x - one.places[b].x || a - b);
    expect(order(second)).toEqual(order(first));
  });

  it('rests often: 460 nodes never take long in one piece', () => {
    const made = big();
    expect(made.nodes.length).toBeGreaterThan(450);
    const work = layout(made);
    let pieces = 0;
    while (!work.next().done) {
      pieces += 1;
    }
    expect(pieces).toBeGreaterThan(50);
  });

  it('survives a circle between two cells that ran at once', () => {
    const made = graph(entry('write', 'a', 5), entry('read', 'a', 4), entry('execute', 'In[5]', 5, uses(4)));
    expect(finished(layout(made)).places.every(({ x, y }) => Number.isFinite(x + y))).toBe(true);
  });
});
