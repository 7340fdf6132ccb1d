/** What section models share: they look at one store at a time and say when their view has changed. */
import { Signal, type ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';

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
    store?.changed.connect(this._onStoreChanged, this);
    this.refresh();
  }

  /** The text rows must hold, in any case of letters. */
  get query(): string {
    return this._query;
  }
  set query(query: string) {
    this._query = query;
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

  /** Forget the computed view and say so. */
  protected refresh(): void {
    this.forget();
    this._changed.emit();
  }

  /** Drop what was computed from the store. */
  protected abstract forget(): void;

  private _onStoreChanged(): void {
    this.refresh();
  }

  private readonly _changed = new Signal<SectionModel, void>(this);
  private _store: IStore | null = null;
  private _query = '';
  private _isDisposed = false;
}
