/** Puts a badge at each cell of one notebook that did something, and keeps it there through every redraw. */
import type { Cell as CellWidget, ICodeCellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { Cell } from '../protocol';
import type { IStore } from '../tokens';
import { badge, badgeSection, badgeText } from './badge';
import { Marks } from './marks';

export interface ICellBadgesOptions {
  readonly panel: NotebookPanel;
  readonly store: IStore;
  readonly trans: TranslationBundle;
  /** Show a cell in a section of the panel. */
  readonly open: (section: string, cell: Cell) => void;
}

export class CellBadges implements IDisposable {
  constructor(options: ICellBadgesOptions) {
    this._options = options;
    options.store.changed.connect(this._update, this);
    options.panel.content.modelContentChanged.connect(this._onContentChanged, this);
    options.panel.content.modelChanged.connect(this._update, this);
    this._update();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
    this._options.panel.content.widgets.forEach(widget => this._show(widget, null, ''));
  }

  /** Typing changes the content too: look again when the page rests. */
  private _onContentChanged(): void {
    if (!this._isDue) {
      this._isDue = true;
      setTimeout(() => {
        this._isDue = false;
        if (!this._isDisposed) {
          this._update();
        }
      }, 250);
    }
  }

  private _update(): void {
    const { open, panel, store, trans } = this._options;
    this._marks.update(store);
    for (const widget of panel.content.widgets) {
      if (widget.model.type !== 'code') {
        continue;
      }
      if (widget.isPlaceholder()) {
        this._whenReady(widget);
        continue;
      }
      const mark = this._marks.of(widget.model.id, (widget.model as ICodeCellModel).executionCount);
      const text = mark ? badgeText(mark, trans) : '';
      if (mark && text !== '') {
        const show = (): void => open(badgeSection(mark), mark.cell);
        this._show(widget, () => badge(mark, trans, show), `${mark.cell.execution} ${text}`);
      } else {
        this._show(widget, null, '');
      }
    }
  }

  /** Put a badge at a cell unless the same is there; null takes away what is there. */
  private _show(widget: CellWidget, make: (() => HTMLElement) | null, text: string): void {
    const shown = this._shown.get(widget);
    const place = widget.node.querySelector(':scope > .jp-Cell-inputWrapper');
    if ((shown?.text ?? '') === text && (!shown || shown.node.parentElement === place)) {
      return;
    }
    shown?.node.remove();
    this._shown.delete(widget);
    if (make && place) {
      const node = make();
      place.append(node);
      this._shown.set(widget, { text, node });
    }
  }

  private _whenReady(widget: CellWidget): void {
    if (!this._awaited.has(widget)) {
      this._awaited.add(widget);
      widget.ready.then(
        () => this._onContentChanged(),
        () => undefined
      );
    }
  }

  private readonly _options: ICellBadgesOptions;
  private readonly _marks = new Marks();
  private readonly _shown = new WeakMap<CellWidget, { readonly text: string; readonly node: HTMLElement }>();
  private readonly _awaited = new WeakSet<CellWidget>();
  private _isDue = false;
  private _isDisposed = false;
}
