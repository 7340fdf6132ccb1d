/** The resources a notebook touched: their columns, what these hold, and how they did against their schema. */
import type { Cell, Label, Resource, SchemaVerdict } from '../../protocol';
import { factOf, records, type IRecord } from '../../session/records';
import { SectionModel } from '../sectionmodel';

/** One column: its type, what personal data it holds, and which checks it failed. */
export interface IColumn {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly Label[];
  /** (check, rows) */
  readonly failures: readonly (readonly [string, number])[];
}

/** One resource as it was when it was touched last. */
export interface IDataRow {
  readonly key: string;
  readonly resource: Resource;
  readonly reads: number;
  readonly writes: number;
  /** Rows of the table; null while unknown. */
  readonly rows: number | null;
  readonly columns: readonly IColumn[];
  readonly labelled: number;
  readonly schema: SchemaVerdict | null;
  readonly digest: string | null;
  readonly cell: Cell;
  readonly seq: number;
}

export class DataModel extends SectionModel {
  /** How many resources there are, filtered or not. */
  get held(): number {
    return this._everything().length;
  }

  /** The resources that pass the filter, the one touched last first. */
  get rows(): readonly IDataRow[] {
    this._shown ??= this._filtered();
    return this._shown;
  }

  protected override forget(): void {
    this._all = null;
    this._shown = null;
  }

  private _everything(): readonly IDataRow[] {
    this._all ??= Private.resources(records(this.store?.entries ?? []), cell => this.ofCell(cell));
    return this._all;
  }

  private _filtered(): readonly IDataRow[] {
    const query = this.query.trim().toLowerCase();
    return query === ''
      ? this._everything()
      : this._everything().filter(row => Private.text(row).includes(query));
  }

  private _all: readonly IDataRow[] | null = null;
  private _shown: readonly IDataRow[] | null = null;
}

namespace Private {
  interface IGathered {
    last: IRecord;
    reads: number;
    writes: number;
    rows: number | null;
    names: readonly string[];
    types: readonly string[];
    labels: readonly Label[];
    schema: SchemaVerdict | null;
    digest: string | null;
    isWanted: boolean;
  }

  const ACTIONS: ReadonlySet<string> = new Set(['read', 'write', 'connect']);

  export function resources(
    all: readonly IRecord[],
    isWanted: (cell: Cell) => boolean
  ): readonly IDataRow[] {
    const gathered = new Map<string, IGathered>();
    for (const one of all) {
      const { operation } = one;
      if (!ACTIONS.has(operation.action) || operation.resource.kind === 'model') {
        continue;
      }
      const key = `${operation.resource.kind}\n${operation.resource.name}`;
      const row = gathered.get(key) ?? empty(one);
      gathered.set(key, row);
      take(row, one);
      row.isWanted ||= isWanted(operation.cell);
    }
    return [...gathered]
      .filter(([, row]) => row.isWanted)
      .map(([key, row]) => shown(key, row))
      .sort((one, other) => other.seq - one.seq);
  }

  function empty(first: IRecord): IGathered {
    return {
      last: first,
      reads: 0,
      writes: 0,
      rows: null,
      names: [],
      types: [],
      labels: [],
      schema: null,
      digest: null,
      isWanted: false
    };
  }

  /** Later facts replace earlier ones: the row shows the resource as it was last. */
  function take(row: IGathered, one: IRecord): void {
    row.last = one;
    if (one.recorded) {
      row.reads += one.operation.action === 'read' ? 1 : 0;
      row.writes += one.operation.action === 'write' ? 1 : 0;
    }
    const shape = factOf(one.facts, 'Shape');
    if (shape) {
      row.rows = shape.rows;
      row.names = shape.columns;
      row.types = shape.types ?? [];
    }
    row.labels = factOf(one.facts, 'Labels')?.labels ?? row.labels;
    row.schema = factOf(one.facts, 'SchemaVerdict') ?? row.schema;
    const print = factOf(one.facts, 'Fingerprint');
    row.digest = (print?.of === 'resource' ? print.digest : null) ?? row.digest;
  }

  function shown(key: string, row: IGathered): IDataRow {
    const columns = new Map<string, IColumn>();
    row.names.forEach((name, at) =>
      columns.set(name, { name, type: row.types[at] ?? '', labels: [], failures: [] })
    );
    const change = (name: string, more: (column: IColumn) => Partial<IColumn>): void => {
      const column = columns.get(name) ?? { name, type: '', labels: [], failures: [] };
      columns.set(name, { ...column, ...more(column) });
    };
    for (const label of row.labels) {
      change(label.column, column => ({ labels: [...column.labels, label] }));
    }
    for (const [name, check, count] of row.schema?.failures ?? []) {
      change(name, column => ({ failures: [...column.failures, [check, count]] }));
    }
    return {
      key,
      resource: row.last.operation.resource,
      reads: row.reads,
      writes: row.writes,
      rows: row.rows,
      columns: [...columns.values()].sort((one, other) => notable(other) - notable(one)),
      labelled: [...columns.values()].filter(column => column.labels.length > 0).length,
      schema: row.schema,
      digest: row.digest,
      cell: row.last.operation.cell,
      seq: row.last.seq
    };
  }

  /** What needs to be seen comes first; the rest stays in the table's own order. */
  function notable(column: IColumn): number {
    return column.failures.length > 0 ? 2 : column.labels.length > 0 ? 1 : 0;
  }

  /** What the filter looks in. */
  export function text(row: IDataRow): string {
    const columns = row.columns.map(
      column => `${column.name} ${column.type} ${column.labels.map(label => label.type).join(' ')}`
    );
    return [row.resource.name, row.resource.format ?? '', ...columns].join('\n').toLowerCase();
  }
}
