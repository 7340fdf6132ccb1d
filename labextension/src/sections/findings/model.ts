/** Findings by resource: what was found, where, how often, and in which cell last. */
import type { Allowed, Cell, Finding, Operation, Place, Recorded } from '../../protocol';
import { SectionModel } from '../sectionmodel';
import { allowances, covering } from './allowances';

export type Level = 'error' | 'warning' | 'note';

/** One finding, however often it was made on this resource. */
export interface IFindingRow {
  readonly key: string;
  readonly resource: string;
  readonly level: Level;
  readonly rule: string;
  readonly message: string;
  readonly denied: boolean;
  readonly allowed: boolean;
  /** What the user said of it, while that holds: it is listed with the notes. */
  readonly muted: Allowed | null;
  readonly places: readonly Place[];
  readonly fix: string | null;
  readonly times: number;
  /** Where it was made last. */
  readonly cell: Cell | null;
  /** Every cell it was made in. */
  readonly cells: readonly Cell[];
  readonly seq: number;
}

/** The findings on one resource, the gravest and newest first. */
export interface IFindingGroup {
  readonly resource: string;
  readonly rows: readonly IFindingRow[];
  readonly newest: number;
}

const GRAVITY: Readonly<Record<Level, number>> = { error: 0, warning: 1, note: 2 };

export class FindingsModel extends SectionModel {
  /** Whether findings that are only recorded, or muted, are listed too. */
  get withNotes(): boolean {
    return this._withNotes;
  }
  set withNotes(withNotes: boolean) {
    this._withNotes = withNotes;
    this.refresh();
  }

  /** The groups that pass the filter, the one with the newest finding first. */
  get groups(): readonly IFindingGroup[] {
    this._shown ??= this._filtered();
    return this._shown;
  }

  /** How many different findings there are, filtered or not, and how many of them are listed only when asked for. */
  get counts(): { readonly all: number; readonly quiet: number } {
    const rows = this._everything().flatMap(group => group.rows);
    return { all: rows.length, quiet: rows.filter(Private.isQuiet).length };
  }

  protected override forget(): void {
    this._all = null;
    this._shown = null;
  }

  private _everything(): readonly IFindingGroup[] {
    this._all ??= Private.group(this.store?.entries ?? [], Date.now());
    return this._all;
  }

  private _filtered(): readonly IFindingGroup[] {
    const query = this.query.trim().toLowerCase();
    return this._everything()
      .map(group => ({
        ...group,
        rows: group.rows.filter(
          row =>
            (this._withNotes || !Private.isQuiet(row)) &&
            (this.cell === null || row.cells.some(cell => this.ofCell(cell))) &&
            (query === '' || Private.text(group.resource, row).includes(query))
        )
      }))
      .filter(group => group.rows.length > 0);
  }

  private _withNotes = false;
  private _all: readonly IFindingGroup[] | null = null;
  private _shown: readonly IFindingGroup[] | null = null;
}

namespace Private {
  type Entries = NonNullable<SectionModel['store']>['entries'];

  /** All findings, by resource and then by rule and message. */
  export function group(entries: Entries, now: number): readonly IFindingGroup[] {
    const allowed = allowances(entries, now);
    const operations = new Map<string, Operation>();
    const groups = new Map<string, Map<string, IFindingRow>>();
    const add = (seq: number, finding: Finding, operation: Operation | undefined, record?: Recorded) => {
      const resource = operation?.resource.name ?? '';
      const rows = groups.get(resource) ?? new Map<string, IFindingRow>();
      groups.set(resource, rows);
      const key = `${finding.rule}\n${finding.message}`;
      const earlier = rows.get(key);
      const cell = operation?.cell ?? null;
      rows.set(key, {
        key,
        resource,
        level: heard(finding, earlier),
        rule: finding.rule,
        message: finding.message,
        denied: finding.effect === 'deny' && record?.decision.effect === 'deny',
        allowed: finding.effect === 'deny' && record?.decision.effect === 'permit',
        muted: covering(allowed, finding.rule, resource) ?? null,
        places: finding.places ?? [],
        fix: finding.fix ?? null,
        times: (earlier?.times ?? 0) + 1,
        cell,
        cells: withCell(earlier?.cells ?? [], cell),
        seq
      });
    };
    for (const { seq, entry } of entries) {
      if (entry.entry === 'Recorded') {
        operations.set(entry.operation.id, entry.operation);
        entry.decision.findings?.forEach(finding => add(seq, finding, entry.operation, entry));
      } else if (entry.entry === 'Amended') {
        entry.findings?.forEach(finding => add(seq, finding, operations.get(entry.amends)));
      }
    }
    return [...groups]
      .map(([resource, rows]) => arranged(resource, [...rows.values()]))
      .sort((one, other) => other.newest - one.newest);
  }

  /** Its level; what was told before and is only recorded when it is made again stays what it was. */
  function heard({ level = 'warning' }: Finding, earlier: IFindingRow | undefined): Level {
    return level === 'note' && earlier ? earlier.level : level;
  }

  /** Whether it is not for the first look. */
  export function isQuiet(row: IFindingRow): boolean {
    return row.level === 'note' || row.muted !== null;
  }

  /** A cell that makes a finding again and again is listed once. */
  function withCell(cells: readonly Cell[], cell: Cell | null): readonly Cell[] {
    const last = cells.at(-1);
    return cell === null || (last?.execution === cell.execution && last.id === cell.id)
      ? cells
      : [...cells, cell];
  }

  function arranged(resource: string, rows: IFindingRow[]): IFindingGroup {
    rows.sort((one, other) => GRAVITY[one.level] - GRAVITY[other.level] || other.seq - one.seq);
    return { resource, rows, newest: rows.reduce((newest, row) => Math.max(newest, row.seq), 0) };
  }

  /** What the filter looks in. */
  export function text(resource: string, row: IFindingRow): string {
    const places = row.places.map(place => `${place.column ?? ''} ${place.type ?? ''}`);
    return [resource, row.rule, row.message, ...places].join('\n').toLowerCase();
  }
}
