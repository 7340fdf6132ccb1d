/** The models of a notebook: each fit, what was asked of it since, and the schema its inputs were compared with. */
import type { Cell, Recorded, SchemaVerdict } from '../../protocol';
import { factOf, records, type IRecord } from '../../session/records';
import { SectionModel } from '../sectionmodel';

/** One model as one fit left it. */
export interface IModelRow {
  readonly key: string;
  readonly name: string;
  readonly library: string;
  /** Whether a fit of this run made it; else it was only used. */
  readonly isFitted: boolean;
  readonly outcome: Recorded['outcome'];
  readonly rows: number | null;
  readonly features: number | null;
  readonly parameters: string | null;
  readonly sources: readonly string[];
  /** Calls of predict and transform, and the rows they were asked about. */
  readonly uses: number;
  readonly usedRows: number;
  readonly outputs: string | null;
  /** What its inputs must look like, as its fit showed. */
  readonly schema: SchemaVerdict | null;
  /** Uses whose input broke it. */
  readonly broken: number;
  readonly failures: SchemaVerdict['failures'];
  readonly micros: number;
  readonly cell: Cell;
  readonly usedIn: Cell | null;
  readonly seq: number;
}

export class ModelsModel extends SectionModel {
  /** How many models there are, filtered or not. */
  get held(): number {
    return this._everything().length;
  }

  /** The models that pass the filter, the one touched last first. */
  get rows(): readonly IModelRow[] {
    const query = this.query.trim().toLowerCase();
    this._shown ??= this._everything().filter(
      row => query === '' || [row.name, row.library, ...row.sources].join('\n').toLowerCase().includes(query)
    );
    return this._shown;
  }

  protected override forget(): void {
    this._all = null;
    this._shown = null;
  }

  private _everything(): readonly IModelRow[] {
    this._all ??= Private.models(this.store?.entries ?? []).filter(
      row => this.ofCell(row.cell) || (row.usedIn !== null && this.ofCell(row.usedIn))
    );
    return this._all;
  }

  private _all: readonly IModelRow[] | null = null;
  private _shown: readonly IModelRow[] | null = null;
}

namespace Private {
  const USES: ReadonlySet<string> = new Set(['predict', 'transform']);

  export function models(
    entries: NonNullable<SectionModel['store']>['entries']
  ): readonly IModelRow[] {
    const rows = new Map<string, IModelRow>();
    for (const one of records(entries)) {
      const { action, resource } = one.operation;
      const facts = factOf(one.facts, 'ModelFacts');
      if (action === 'fit') {
        const key = one.operation.id;
        rows.set(key, fitted(one, rows.get(key) ?? empty(key, one)));
      } else if (USES.has(action) && (resource.kind === 'model' || facts)) {
        const key = facts?.training?.at(-1) ?? (one.recorded ? `used ${resource.name}` : null);
        if (key !== null) {
          rows.set(key, used(one, rows.get(key) ?? empty(key, one)));
        }
      }
    }
    return [...rows.values()].sort((one, other) => other.seq - one.seq);
  }

  function empty(key: string, one: IRecord): IModelRow {
    return {
      key,
      name: factOf(one.facts, 'ModelFacts')?.model ?? one.operation.resource.name,
      library: one.operation.library,
      isFitted: false,
      outcome: one.outcome,
      rows: null,
      features: null,
      parameters: null,
      sources: [],
      uses: 0,
      usedRows: 0,
      outputs: null,
      schema: null,
      broken: 0,
      failures: [],
      micros: 0,
      cell: one.operation.cell,
      usedIn: null,
      seq: one.seq
    };
  }

  function fitted(one: IRecord, row: IModelRow): IModelRow {
    const facts = factOf(one.facts, 'ModelFacts');
    const verdict = factOf(one.facts, 'SchemaVerdict');
    return {
      ...row,
      isFitted: true,
      outcome: one.outcome,
      rows: facts?.rows ?? row.rows,
      features: facts?.features ?? row.features,
      parameters: facts?.parameters ?? row.parameters,
      sources: factOf(one.facts, 'Origin')?.resources ?? row.sources,
      schema: verdict ?? row.schema,
      micros: one.recorded?.micros ?? row.micros,
      seq: one.seq
    };
  }

  function used(one: IRecord, row: IModelRow): IModelRow {
    const facts = factOf(one.facts, 'ModelFacts');
    const verdict = factOf(one.facts, 'SchemaVerdict');
    const times = one.recorded ? 1 : (factOf(one.facts, 'Repeats')?.count ?? 0);
    const isBroken = verdict?.ok === false;
    return {
      ...row,
      features: row.features ?? facts?.features ?? null,
      parameters: row.parameters ?? facts?.parameters ?? null,
      uses: row.uses + times,
      usedRows: row.usedRows + (one.recorded ? (facts?.rows ?? 0) : 0),
      outputs: facts?.outputs ?? row.outputs,
      schema: row.schema ?? verdict ?? null,
      broken: row.broken + (isBroken ? 1 : 0),
      failures: isBroken ? verdict.failures : row.failures,
      usedIn: one.operation.cell,
      seq: one.seq
    };
  }
}
