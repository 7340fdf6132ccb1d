/** One connection per open notebook, made at first use: the tracker says "current" before it says "added". */
import type { Cell as CellWidget } from '@jupyterlab/cells';
import { NotebookActions, type INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { Cell } from '../protocol';
import type { ISessions, IStore } from '../tokens';
import { ask, type IAnswer } from './asking';
import { Connection } from './connection';
import { history } from './history';

const FLASH = 'jp-mod-mlsecFlash';

export class Sessions implements ISessions, IDisposable {
  constructor(tracker: INotebookTracker, settings: ServerConnection.ISettings) {
    this._settings = settings;
    this._tracker = tracker;
    tracker.widgetAdded.connect(this._onAdded, this);
    tracker.currentChanged.connect(this._onCurrentChanged, this);
    tracker.forEach(panel => this._connection(panel));
  }

  get current(): IStore | null {
    const panel = this._tracker.currentWidget;
    return panel ? this._connection(panel).store : null;
  }

  get currentChanged(): ISignal<ISessions, void> {
    return this._currentChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._connections.forEach(connection => connection.dispose());
    this._connections.clear();
    Signal.clearData(this);
  }

  of(panel: NotebookPanel): IStore {
    return this._connection(panel).store;
  }

  async ask(line: string, silent = false): Promise<IAnswer | null> {
    const kernel = this._tracker.currentWidget?.sessionContext.session?.kernel;
    return kernel ? await ask(kernel, line, silent) : null;
  }

  async reveal(cell: Cell): Promise<boolean> {
    const notebook = this._tracker.currentWidget?.content;
    const found = notebook?.widgets.find(widget => Private.isSame(widget, cell));
    if (!notebook || !found) {
      return false;
    }
    notebook.activeCellIndex = notebook.widgets.indexOf(found);
    notebook.deselectAll();
    await notebook.scrollToCell(found);
    notebook.activate();
    found.removeClass(FLASH);
    found.addClass(FLASH);
    found.node.addEventListener('animationend', () => found.removeClass(FLASH), { once: true });
    return true;
  }

  insert(source: string): boolean {
    const panel = this._tracker.currentWidget;
    if (!panel?.content.model) {
      return false;
    }
    NotebookActions.insertBelow(panel.content);
    panel.content.activeCell?.model.sharedModel.setSource(source);
    NotebookActions.changeCellType(panel.content, 'code');
    panel.content.activate();
    return true;
  }

  private _onAdded(_: INotebookTracker, panel: NotebookPanel): void {
    this._connection(panel);
  }

  private _onCurrentChanged(): void {
    this._currentChanged.emit();
  }

  private _connection(panel: NotebookPanel): Connection {
    const known = this._connections.get(panel);
    if (known) {
      return known;
    }
    const connection = new Connection(panel.sessionContext, panel.node, () =>
      history(panel.context.localPath, this._settings)
    );
    this._connections.set(panel, connection);
    panel.disposed.connect(this._onPanelDisposed, this);
    return connection;
  }

  private _onPanelDisposed(panel: NotebookPanel): void {
    this._connections.get(panel)?.dispose();
    this._connections.delete(panel);
  }

  private readonly _settings: ServerConnection.ISettings;
  private readonly _tracker: INotebookTracker;
  private readonly _connections = new Map<NotebookPanel, Connection>();
  private readonly _currentChanged = new Signal<ISessions, void>(this);
  private _isDisposed = false;
}

namespace Private {
  /** By id where the kernel knew it; else by execution count, which a later run of the cell changes. */
  export function isSame(widget: CellWidget, cell: Cell): boolean {
    if (cell.id) {
      return widget.model.id === cell.id;
    }
    const count: unknown = widget.model.sharedModel.toJSON().execution_count;
    return cell.execution > 0 && count === cell.execution;
  }
}
