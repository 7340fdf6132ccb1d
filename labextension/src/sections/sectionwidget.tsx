/** The widget of a section: a tab panel that draws its body whenever the model changes. */
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IStore } from '../tokens';
import type { SectionModel } from './sectionmodel';

export class SectionWidget<T extends SectionModel> extends ReactWidget {
  constructor(model: T, body: (model: T) => React.JSX.Element) {
    super();
    this.model = model;
    this._body = body;
    this.addClass('jp-MlsecSection');
  }

  readonly model: T;

  get store(): IStore | null {
    return this.model.store;
  }
  set store(store: IStore | null) {
    this.model.store = store;
  }

  override dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return <UseSignal signal={this.model.changed}>{() => this._body(this.model)}</UseSignal>;
  }

  private readonly _body: (model: T) => React.JSX.Element;
}
