/** What a notebook left behind: each file it wrote, sealed or plain, for whom, and which bytes are on disk. */
import type { Cell, Label, Recorded, Resource } from '../../protocol';
import { factOf, records, type IRecord } from '../../session/records';
import { SectionModel } from '../sectionmodel';

/** One file as it was written last. */
export interface IArtifactRow {
  readonly key: string;
  readonly resource: Resource;
  readonly outcome: Recorded['outcome'];
  readonly isSealed: boolean;
  readonly recipients: readonly string[];
  /** Bytes on disk; null while unknown. */
  readonly size: number | null;
  readonly digest: string | null;
  readonly labels: readonly Label[];
  readonly sources: readonly string[];
  readonly writes: number;
  readonly cell: Cell;
  readonly seq: number;
}

export class ArtifactsModel extends SectionModel {
  /** How many artifacts there are, filtered or not. */
  get held(): number {
    return this._everything().length;
  }

  /** How many of them are sealed. */
  get sealed(): number {
    return this._everything().filter(row => row.isSealed).length;
  }

  /** The artifacts that pass the filter, the one written last first. */
  get rows(): readonly IArtifactRow[] {
    const query = this.query.trim().toLowerCase();
    this._shown ??= this._everything().filter(
      row => query === '' || Private.text(row).includes(query)
    );
    return this._shown;
  }

  protected override forget(): void {
    this._all = null;
    this._shown = null;
  }

  private _everything(): readonly IArtifactRow[] {
    this._all ??= Private.artifacts(this.store?.entries ?? []).filter(row => this.ofCell(row.cell));
    return this._all;
  }

  private _all: readonly IArtifactRow[] | null = null;
  private _shown: readonly IArtifactRow[] | null = null;
}

namespace Private {
  export function artifacts(
    entries: NonNullable<SectionModel['store']>['entries']
  ): readonly IArtifactRow[] {
    const rows = new Map<string, IArtifactRow>();
    for (const one of records(entries)) {
      const { action, resource } = one.operation;
      if (action === 'write') {
        const key = `${resource.kind}\n${resource.name}`;
        rows.set(key, one.recorded ? written(key, one, rows.get(key)) : learned(one, rows.get(key)));
      }
    }
    for (const { entry } of entries) {
      if (entry.entry === 'Did' && entry.verb === 'sealed') {
        sealedBy(entry.subject, entry.details ?? {}, rows);
      }
    }
    return [...rows.values()].sort((one, other) => other.seq - one.seq);
  }

  function written(key: string, one: IRecord, earlier: IArtifactRow | undefined): IArtifactRow {
    return facts(one, {
      key,
      resource: one.operation.resource,
      outcome: one.outcome,
      isSealed: false,
      recipients: [],
      size: null,
      digest: null,
      labels: [],
      sources: [],
      writes: (earlier?.writes ?? 0) + 1,
      cell: one.operation.cell,
      seq: one.seq
    });
  }

  /** What was learned later about a write that is held. */
  function learned(one: IRecord, earlier: IArtifactRow | undefined): IArtifactRow {
    const key = `${one.operation.resource.kind}\n${one.operation.resource.name}`;
    return earlier ? facts(one, { ...earlier, outcome: one.outcome }) : written(key, one, undefined);
  }

  function facts(one: IRecord, row: IArtifactRow): IArtifactRow {
    const sealed = factOf(one.facts, 'SealedFor');
    const print = factOf(one.facts, 'Fingerprint');
    const plain = print?.of === 'resource' ? print : undefined;
    return {
      ...row,
      isSealed: row.isSealed || sealed !== undefined,
      recipients: sealed?.recipients ?? row.recipients,
      size: sealed?.size ?? plain?.size ?? row.size,
      digest: sealed?.digest ?? plain?.digest ?? row.digest,
      labels: factOf(one.facts, 'Labels')?.labels ?? row.labels,
      sources: factOf(one.facts, 'Origin')?.resources ?? row.sources
    };
  }

  /** A file that a verb sealed afterwards. */
  function sealedBy(
    subject: string,
    details: Readonly<Record<string, string>>,
    rows: Map<string, IArtifactRow>
  ): void {
    const key = `file\n${subject}`;
    const row = rows.get(key);
    if (row && !row.isSealed) {
      rows.set(key, {
        ...row,
        isSealed: true,
        recipients: (details.recipients ?? '').split(/[\s,]+/).filter(Boolean),
        digest: details.sha256 ?? row.digest
      });
    }
  }

  /** What the filter looks in. */
  export function text(row: IArtifactRow): string {
    const labels = row.labels.map(label => `${label.column} ${label.type}`);
    return [row.resource.name, ...row.recipients, ...labels, ...row.sources].join('\n').toLowerCase();
  }
}
