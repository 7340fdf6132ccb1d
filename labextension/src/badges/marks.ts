/** What each cell of a notebook did when it ran last, in counts. No DOM. */
import type { Cell } from '../protocol';
import { factOf, record, type IRecord, type Known } from '../session/records';
import type { IStore } from '../tokens';

/** One cell's last run. */
export interface IMark {
  readonly cell: Cell;
  reads: number;
  writes: number;
  models: number;
  findings: number;
  denied: number;
  sealed: number;
  /** Kinds of what ran where nothing could be seen, and bytes nothing explains. */
  unobserved: number;
}

/** Keeps the marks up to date with a store, taking in only what is new. */
export class Marks {
  /** Take in what the store has now. */
  update(store: IStore): void {
    if (store.run !== this._run || store.revision !== this._revision) {
      this._run = store.run;
      this._revision = store.revision;
      this._taken = 0;
      this._known = new Map();
      this._byId.clear();
      this._byExecution.clear();
    }
    const { entries } = store;
    let at = entries.length;
    while (at > 0 && entries[at - 1].seq > this._taken) {
      at -= 1;
    }
    for (; at < entries.length; at += 1) {
      const one = record(entries[at], this._known);
      this._taken = entries[at].seq;
      if (one) {
        this._take(one);
      }
    }
  }

  /** The mark of a cell: by its id where the kernel knew it, else by its execution count. */
  of(id: string, execution: number | null): IMark | undefined {
    return this._byId.get(id) ?? (execution === null ? undefined : this._byExecution.get(execution));
  }

  private _take(one: IRecord): void {
    const mark = this._mark(one.operation.cell);
    mark.findings += one.findings.filter(finding => finding.level !== 'note').length;
    if (!one.recorded) {
      mark.sealed += factOf(one.facts, 'SealedFor') ? 1 : 0;
      return;
    }
    mark.denied += one.outcome === 'denied' ? 1 : 0;
    switch (one.operation.action) {
      case 'read':
      case 'connect':
        mark.reads += 1;
        break;
      case 'write':
        mark.writes += 1;
        mark.sealed += factOf(one.facts, 'SealedFor') ? 1 : 0;
        break;
      case 'fit':
      case 'predict':
      case 'transform':
        mark.models += 1;
        break;
      case 'execute':
        mark.unobserved += Marks.unseen(one);
        break;
    }
  }

  /** The mark of the cell's newest run; an earlier run's is dropped. */
  private _mark(cell: Cell): IMark {
    const known = cell.id ? this._byId.get(cell.id) : this._byExecution.get(cell.execution);
    if (known?.cell.execution === cell.execution) {
      return known;
    }
    const mark: IMark = {
      cell,
      reads: 0,
      writes: 0,
      models: 0,
      findings: 0,
      denied: 0,
      sealed: 0,
      unobserved: 0
    };
    if (cell.id) {
      this._byId.set(cell.id, mark);
    } else if (cell.execution > 0) {
      this._byExecution.set(cell.execution, mark);
    }
    return mark;
  }

  private readonly _byId = new Map<string, IMark>();
  private readonly _byExecution = new Map<number, IMark>();
  private _known: Known = new Map();
  private _run: string | null = null;
  private _revision = -1;
  private _taken = 0;
}

export namespace Marks {
  /** How much of a cell could not be seen. */
  export function unseen(one: IRecord): number {
    const coverage = factOf(one.facts, 'Coverage');
    const bytes = (coverage?.read_unexplained ?? 0) + (coverage?.written_unexplained ?? 0);
    return (coverage?.unobserved?.length ?? 0) + (bytes > 0 ? 1 : 0);
  }
}
