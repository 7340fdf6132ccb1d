/** What the panel shows as a whole: the current notebook's store and the chosen section. */
import { Signal, type ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';

import type { ISessions, IStore } from '../tokens';

export class PanelModel implements IDisposable {
  constructor(sessions: ISessions, chosen: string) {
    this._sessions = sessions;
    this._chosen = chosen;
    sessions.currentChanged.connect(this._onCurrentChanged, this);
    this._onCurrentChanged();
  }

  get changed(): ISignal<PanelModel, void> {
    return this._changed;
  }

  get store(): IStore | null {
    return this._store;
  }

  /** The id of the section in front. */
  get chosen(): string {
    return this._chosen;
  }
  set chosen(id: string) {
    this._chosen = id;
    this._changed.emit();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onCurrentChanged(): void {
    const store = this._sessions.current;
    if (store !== this._store) {
      this._store?.changed.disconnect(this._onStoreChanged, this);
      this._store = store;
      store?.changed.connect(this._onStoreChanged, this);
    }
    this._changed.emit();
  }

  private _onStoreChanged(): void {
    this._changed.emit();
  }

  private readonly _sessions: ISessions;
  private readonly _changed = new Signal<PanelModel, void>(this);
  private _store: IStore | null = null;
  private _chosen: string;
  private _isDisposed = false;
}
