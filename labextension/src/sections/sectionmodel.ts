/** What section models share: they look at one store at a time and say when their view has changed. */
import { Signal, type ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';

import type { Cell } from '../protocol';
import type { IStore } from '../tokens';

export abstract class SectionModel implements IDisposable {
  get changed(): ISignal<SectionModel, void> {
    return this._changed;
  }

  get store(): IStore | null {
    return this._store;
  }
  set store(store: IStore | null) {
    if (store === this._store) {
      return;
    }
    this._store?.changed.disconnect(this._onStoreChanged, this);
    this._store = store;
    this._cell = null;
    store?.changed.connect(this._onStoreChanged, this);
    this.refresh();
  }

  /** Whether a guard is there that can be told something. */
  get isLive(): boolean {
    return this._store?.presence === 'live' && this._store.state?.state !== 'off';
  }

  /** Whether the section is in front: one that is not computes and draws nothing until it is. */
  get isShown(): boolean {
    return this._isShown;
  }
  set isShown(isShown: boolean) {
    this._isShown = isShown;
    if (isShown) {
      this._changed.emit();
    }
  }

  /** The text rows must hold, in any case of letters. */
  get query(): string {
    return this._query;
  }
  set query(query: string) {
    this._query = query;
    this.refresh();
  }

  /** The cell that rows must belong to; null for all. */
  get cell(): Cell | null {
    return this._cell;
  }
  set cell(cell: Cell | null) {
    this._cell = cell;
    this.refresh();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this.store = null;
    Signal.clearData(this);
  }

  /** Forget the computed view and say so, if anybody looks. */
  protected refresh(): void {
    this.forget();
    this.redraw();
  }

  /** Say that the view has changed, if anybody looks. */
  protected redraw(): void {
    if (this._isShown) {
      this._changed.emit();
    }
  }

  /** Whether something of this cell passes the filter. By id where both have one, else by execution. */
  protected ofCell(cell: Cell | null): boolean {
    const wanted = this._cell;
    if (wanted === null || cell === null) {
      return wanted === null;
    }
    return wanted.id && cell.id ? wanted.id === cell.id : wanted.execution === cell.execution;
  }

  /** Drop what was computed from the store. */
  protected abstract forget(): void;

  private _onStoreChanged(): void {
    this.refresh();
  }

  private readonly _changed = new Signal<SectionModel, void>(this);
  private _store: IStore | null = null;
  private _query = '';
  private _cell: Cell | null = null;
  private _isShown = true;
  private _isDisposed = false;
}
