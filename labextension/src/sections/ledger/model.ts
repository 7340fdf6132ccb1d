/** The ledger's entries as lines: what happened, when, in which cell. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { duration } from '../../parts/figures';
import type { Cell, EntryWrittenEntry, Recorded } from '../../protocol';
import type { IEntryEvent } from '../../tokens';
import { SectionModel } from '../sectionmodel';

/** The verb of the entry that names the versions of the libraries that were loaded. */
const ENVIRONMENT = 'environment';

export type Tone = 'plain' | 'good' | 'denied' | 'trouble';

/** One entry in words. */
export interface ILedgerRow {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly title: string;
  readonly detail: string;
  readonly tone: Tone;
  readonly cell: Cell | null;
}

export class LedgerModel extends SectionModel {
  constructor(trans: TranslationBundle) {
    super();
    this._trans = trans;
  }

  /** `SIZE HASH8` of the newest checkpoint, or null. */
  get checkpoint(): string | null {
    return this.store?.state?.checkpoint ?? null;
  }

  /** How many entries pass the filter. */
  get total(): number {
    return this._passing().length;
  }

  /** How many entries are held, filtered or not. */
  get held(): number {
    return this.store?.entries.length ?? 0;
  }

  /** The newest `limit` entries that pass the filter, newest first. */
  newest(limit: number): readonly ILedgerRow[] {
    return this._passing().slice(-limit).reverse().map(event => this._row(event));
  }

  protected override forget(): void {
    this._found = null;
  }

  private _passing(): readonly IEntryEvent[] {
    const query = this.query.trim().toLowerCase();
    const entries = this.store?.entries ?? [];
    this._found ??=
      query === '' && this.cell === null
        ? entries
        : entries.filter(event => this._isWanted(event) && (query === '' || this._holds(event, query)));
    return this._found;
  }

  private _isWanted({ entry }: IEntryEvent): boolean {
    return this.cell === null || (entry.entry === 'Recorded' && this.ofCell(entry.operation.cell));
  }

  private _holds(event: IEntryEvent, query: string): boolean {
    const row = this._row(event);
    return `${row.title}\n${row.detail}`.toLowerCase().includes(query);
  }

  /** The row of an event: the same object each time, so that it is not drawn again. */
  private _row({ seq, entry }: IEntryEvent): ILedgerRow {
    const known = this._rows.get(entry);
    if (known) {
      return known;
    }
    const row = { seq, at: entry.at / 1e6, ...Private.describe(entry, this._trans) };
    this._rows.set(entry, row);
    return row;
  }

  private readonly _trans: TranslationBundle;
  private readonly _rows = new WeakMap<EntryWrittenEntry, ILedgerRow>();
  private _found: readonly IEntryEvent[] | null = null;
}

namespace Private {
  type Words = Pick<ILedgerRow, 'title' | 'detail' | 'tone' | 'cell'>;

  const plain = (title: string, ...details: (string | null | undefined)[]): Words => ({
    title,
    detail: details.filter(Boolean).join(', '),
    tone: 'plain',
    cell: null
  });

  export function describe(entry: EntryWrittenEntry, trans: TranslationBundle): Words {
    switch (entry.entry) {
      case 'Opened':
        return plain(trans.__('Guard loaded'), entry.profile, entry.notebook);
      case 'Recorded':
        return recorded(entry, trans);
      case 'Amended':
        return plain(
          trans.__('Learned later'),
          entry.control,
          trans._n('%1 finding', '%1 findings', entry.findings?.length ?? 0)
        );
      case 'Allowed':
        return plain(trans.__('Allowed %1', entry.rule), entry.resource, entry.reason);
      case 'Switched':
        return plain(switched(entry.to, trans), entry.reason);
      case 'Did':
        return entry.verb === ENVIRONMENT
          ? plain(trans.__('Libraries loaded'), ...Object.entries(entry.details ?? {}).map(pair => pair.join(' ')))
          : { ...plain(trans.__('Did: %1', entry.verb), entry.subject), tone: 'good' };
      case 'Troubled':
        return { ...plain(trans.__('Trouble of ours'), entry.where, entry.error), tone: 'trouble' };
      case 'Closed':
        return plain(
          trans.__('Guard unloaded'),
          trans._n('%1 operation', '%1 operations', entry.recorded)
        );
      default:
        return assertNever(entry);
    }
  }

  function recorded(entry: Recorded, trans: TranslationBundle): Words {
    const { operation, outcome } = entry;
    const findings = entry.decision.findings?.length ?? 0;
    const isCell = operation.action === 'execute';
    return {
      title: isCell ? trans.__('Cell ran') : `${operation.function} ${operation.resource.name}`,
      detail: [
        outcome === 'done' ? null : outcomeName(outcome, entry.error ?? null, trans),
        isCell ? null : actionName(operation.action, trans),
        findings > 0 ? trans._n('%1 finding', '%1 findings', findings) : null,
        (entry.facts ?? []).some(fact => fact.fact === 'SealedFor') ? trans.__('sealed') : null,
        entry.micros ? duration(entry.micros, trans) : null
      ]
        .filter(Boolean)
        .join(', '),
      tone: outcome === 'denied' ? 'denied' : outcome === 'done' ? 'plain' : 'trouble',
      cell: operation.cell
    };
  }

  function switched(to: 'paused' | 'policy' | 'resumed' | 'unloaded', trans: TranslationBundle): string {
    switch (to) {
      case 'paused':
        return trans.__('Guard paused');
      case 'resumed':
        return trans.__('Guard resumed');
      case 'policy':
        return trans.__('Policy changed');
      case 'unloaded':
        return trans.__('Guard unloaded');
    }
  }

  function actionName(action: Recorded['operation']['action'], trans: TranslationBundle): string {
    switch (action) {
      case 'read':
        return trans.__('read');
      case 'write':
        return trans.__('written');
      case 'connect':
        return trans.__('connected');
      case 'fit':
        return trans.__('fitted');
      case 'predict':
        return trans.__('predicted');
      case 'transform':
        return trans.__('transformed');
      case 'execute':
        return trans.__('executed');
    }
  }

  function outcomeName(
    outcome: Recorded['outcome'],
    error: string | null,
    trans: TranslationBundle
  ): string {
    switch (outcome) {
      case 'done':
        return trans.__('done');
      case 'denied':
        return trans.__('denied');
      case 'interrupted':
        return trans.__('interrupted');
      case 'failed':
        return error ? trans.__('failed: %1', error) : trans.__('failed');
    }
  }

  function assertNever(entry: never): never {
    throw new Error(`An entry without words: ${JSON.stringify(entry)}`);
  }
}
