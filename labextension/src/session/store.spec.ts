import { describe, expect, it } from 'vitest';

import { VERSION, type Did, type GuardState } from '../protocol';
import { KEPT, Store } from './store';

const state = (recorded: number): GuardState => ({
  type: 'state',
  state: 'on',
  profile: 'guard',
  recorded
});

const did = (subject: string): { type: 'entry'; entry: Did } => ({
  type: 'entry',
  entry: { entry: 'Did', verb: 'seal', subject, run: 'r', number: 0, at: 0 }
});

const batch = (seqs: readonly number[], more: object = {}): object => ({
  version: VERSION,
  run: 'r',
  events: seqs.map(seq => ({ seq, notice: did(`${seq}`) })),
  ...more
});

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** A store whose frames come when the test says so. */
function made(): { store: Store; frame: () => void; changes: () => number } {
  let pending: (() => void)[] = [];
  let changes = 0;
  const store = new Store(run => pending.push(run));
  store.changed.connect(() => (changes += 1));
  const frame = (): void => {
    const due = pending;
    pending = [];
    due.forEach(run => run());
  };
  return { store, frame, changes: () => changes };
}

const seqs = (store: Store): number[] => store.entries.map(event => event.seq);

describe('a store', () => {
  it('keeps what arrives, in order, and says so once for all that came together', () => {
    const { changes, frame, store } = made();
    store.receive(batch([1, 2]));
    store.receive(batch([3]));
    frame();
    expect(seqs(store)).toEqual([1, 2, 3]);
    expect(changes()).toBe(1);
    expect(store.presence).toBe('live');
  });

  it('tells when a batch is one of many, so that the page takes the others in before it draws', () => {
    const told: boolean[] = [];
    const store = new Store((run, isMuch) => {
      told.push(isMuch);
      run();
    });
    store.receive(batch(range(1, 3)));
    store.receive(batch(range(4, 503)));
    expect(told).toEqual([false, true]);
  });

  it('knows a gap, and closes it when the replay arrives', () => {
    const { store } = made();
    store.receive(batch([1, 2, 5, 6]));
    expect([store.hasGap, store.floor]).toEqual([true, 2]);
    store.receive(batch([3, 4, 5], { replay: true }));
    expect([store.hasGap, store.floor]).toEqual([false, 6]);
    expect(seqs(store)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('takes an event that comes twice only once', () => {
    const { store } = made();
    store.receive(batch([1, 2]));
    store.receive(batch([2, 4, 4]));
    expect(seqs(store)).toEqual([1, 2, 4]);
  });

  it('counts what a replay could not bring back', () => {
    const { store } = made();
    store.receive(batch([10]));
    store.receive(batch([8, 9, 10], { replay: true }));
    store.settle(10);
    expect([store.hasGap, store.older]).toEqual([false, 7]);
  });

  it('forgets an earlier run when a new one speaks', () => {
    const { store } = made();
    store.receive(batch([1, 2, 3]));
    store.receive(batch([1], { run: 'other' }));
    expect(seqs(store)).toEqual([1]);
    expect(store.run).toBe('other');
    expect(store.hasGap).toBe(false);
  });

  it('holds the newest entries only', () => {
    const { store } = made();
    store.receive(batch(range(1, KEPT + 3)));
    expect(store.entries.length).toBe(KEPT);
    expect(store.entries[0].seq).toBe(4);
    expect(store.older).toBe(3);
  });

  it('stays bounded when a gap is never filled', () => {
    const { store } = made();
    for (let start = 2; start < 4 * KEPT; start += 500) {
      store.receive(batch(range(start, start + 499)));
    }
    expect(store.floor).toBeGreaterThan(KEPT);
    expect(store.entries.length).toBe(KEPT);
  });

  it('shows the newest state, whichever comes first', () => {
    const { store } = made();
    store.receive({ version: VERSION, run: 'r', events: [{ seq: 2, notice: state(2) }] });
    store.receive({ version: VERSION, run: 'r', events: [{ seq: 1, notice: state(1) }] });
    expect(store.state?.recorded).toBe(2);
  });

  it('shows what it knows of another version, and counts the rest', () => {
    const { store } = made();
    store.receive({
      version: VERSION + 1,
      run: 'r',
      events: [
        { seq: 1, notice: { ...state(7), colour: 'blue' } },
        { seq: 2, notice: { type: 'hologram' } },
        { seq: 3, notice: { type: 'entry', entry: { entry: 'Dreamt' } } },
        { seq: 4, notice: did('known') },
        'nonsense'
      ]
    });
    expect(store.otherVersion).toBe(VERSION + 1);
    expect(store.state?.recorded).toBe(7);
    expect(seqs(store)).toEqual([4]);
    expect(store.unknown).toBe(3);
  });

  it.each([null, 7, 'x', [], {}, { version: 1, run: 'r' }, { version: '1', run: 'r', events: [] }])(
    'is not moved by what is no batch: %j',
    value => {
      const { store } = made();
      expect(store.receive(value)).toBe(false);
      expect(store.presence).toBe('looking');
    }
  );

  it('believes the guard itself more than the list of comms', () => {
    const { store } = made();
    store.receive(batch([1]));
    store.found('absent');
    expect(store.presence).toBe('live');
    store.clear('looking');
    store.found('absent');
    expect(store.presence).toBe('absent');
    expect(store.entries).toEqual([]);
  });

  it('shows an entry with a fact it does not know, without that fact being in the way', () => {
    const { store } = made();
    const fact = { fact: 'Hologram', depth: 3 };
    const entry = { entry: 'Amended', run: 'r', number: 1, at: 1, amends: 'o', control: 'pii', facts: [fact] };
    store.receive({ version: VERSION, run: 'r', events: [{ seq: 1, notice: { type: 'entry', entry } }] });
    expect([store.entries.length, store.unknown]).toEqual([1, 0]);
  });

  it('shows what the ledger knows until a guard speaks', () => {
    const { store } = made();
    store.found('absent');
    store.recall(batch([1, 2], { run: 'earlier' }));
    expect([store.presence, store.entries.length]).toEqual(['past', 2]);
    store.receive(batch([1], { run: 'now' }));
    expect([store.presence, store.entries.length]).toEqual(['live', 1]);
    store.recall(batch([1, 2], { run: 'earlier' }));
    expect([store.presence, store.run]).toEqual(['live', 'now']);
  });
});
