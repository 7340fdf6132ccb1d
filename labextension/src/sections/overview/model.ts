/** The run at a glance: what was done how often, and how much of each cell could be seen. */
import type { Cell, Coverage, GuardState } from '../../protocol';
import { factOf, records } from '../../session/records';
import { SectionModel } from '../sectionmodel';

/** One execution of a cell. */
export interface ICellRow {
  readonly key: string;
  readonly cell: Cell;
  readonly reads: number;
  readonly writes: number;
  readonly models: number;
  readonly findings: number;
  readonly denied: boolean;
  /** Bytes by the operating system's count; null where they are not counted. */
  readonly coverage: Coverage | null;
  readonly micros: number;
  readonly seq: number;
}

/** How often what was done. */
export interface ITally {
  readonly reads: number;
  readonly writes: number;
  readonly fits: number;
  readonly uses: number;
}

export class OverviewModel extends SectionModel {
  get state(): GuardState | null {
    return this.store?.state ?? null;
  }

  get tally(): ITally {
    return this._all().tally;
  }

  /** The cells that ran, the last first. */
  get cells(): readonly ICellRow[] {
    return this._all().cells;
  }

  protected override forget(): void {
    this._found = null;
  }

  private _all(): { readonly tally: ITally; readonly cells: readonly ICellRow[] } {
    this._found ??= Private.overview(this.store?.entries ?? []);
    return this._found;
  }

  private _found: ReturnType<typeof Private.overview> | null = null;
}

namespace Private {
  type Writable<T> = { -readonly [K in keyof T]: T[K] };

  export function overview(entries: NonNullable<SectionModel['store']>['entries']): {
    readonly tally: ITally;
    readonly cells: readonly ICellRow[];
  } {
    const tally: Writable<ITally> = { reads: 0, writes: 0, fits: 0, uses: 0 };
    const cells = new Map<string, Writable<ICellRow>>();
    for (const one of records(entries)) {
      const { action, cell } = one.operation;
      const key = `${cell.execution} ${cell.id ?? ''}`;
      const row = cells.get(key) ?? empty(key, cell);
      cells.set(key, row);
      row.seq = one.seq;
      row.findings += one.findings.filter(finding => finding.level !== 'note').length;
      row.denied ||= one.outcome === 'denied';
      if (!one.recorded) {
        continue;
      }
      if (action === 'execute') {
        row.coverage = factOf(one.facts, 'Coverage') ?? null;
        row.micros = one.recorded.micros ?? 0;
      } else if (action === 'read' || action === 'connect') {
        tally.reads += 1;
        row.reads += 1;
      } else if (action === 'write') {
        tally.writes += 1;
        row.writes += 1;
      } else {
        tally[action === 'fit' ? 'fits' : 'uses'] += 1;
        row.models += 1;
      }
    }
    return { tally, cells: [...cells.values()].sort((one, other) => other.seq - one.seq) };
  }

  function empty(key: string, cell: Cell): Writable<ICellRow> {
    return {
      key,
      cell,
      reads: 0,
      writes: 0,
      models: 0,
      findings: 0,
      denied: false,
      coverage: null,
      micros: 0,
      seq: 0
    };
  }
}
