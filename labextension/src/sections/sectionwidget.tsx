/** The widget of a section: a tab panel that draws its body whenever the model changes, while it is in front. */
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { Cell } from '../protocol';
import type { IStore } from '../tokens';
import type { SectionModel } from './sectionmodel';

export class SectionWidget<T extends SectionModel> extends ReactWidget {
  constructor(model: T, body: (model: T) => React.JSX.Element) {
    super();
    this.model = model;
    this._body = body;
    model.isShown = false;
    this.addClass('jp-MlsecSection');
  }

  readonly model: T;

  get store(): IStore | null {
    return this.model.store;
  }
  set store(store: IStore | null) {
    this.model.store = store;
  }

  /** The cell whose rows alone are shown; null for all. */
  get cell(): Cell | null {
    return this.model.cell;
  }
  set cell(cell: Cell | null) {
    this.model.cell = cell;
  }

  override dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return <UseSignal signal={this.model.changed}>{() => this._body(this.model)}</UseSignal>;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.model.isShown = true;
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.model.isShown = this.isVisible;
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this.model.isShown = false;
  }

  private readonly _body: (model: T) => React.JSX.Element;
}
