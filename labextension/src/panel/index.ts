/** The sidebar's widget: a header that never scrolls away, and the sections, one at a time. */
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import type { IBodyProps } from '../parts/actions';
import type { Cell } from '../protocol';
import type { ISection, ISessions } from '../tokens';
import { Header, isShown, panelId, tabId } from './header';
import { PanelModel } from './model';

export interface IPanelOptions extends IBodyProps {
  readonly sessions: ISessions;
  readonly sections: readonly ISection[];
  /** The id of the section that is in front at first. */
  readonly first: string;
}

export class MlsecPanel extends Panel {
  constructor(options: IPanelOptions) {
    super();
    const { actions, sections, sessions, trans } = options;
    this.id = 'jp-mlsec-panel';
    this.addClass('jp-MlsecPanel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Security of the current notebook'));
    this.sections = sections;
    this._model = new PanelModel(sessions, options.first);
    const header = ReactWidget.create(
      React.createElement(UseSignal<PanelModel, void>, {
        signal: this._model.changed,
        children: () => React.createElement(Header, { actions, model: this._model, sections, trans })
      })
    );
    header.addClass('jp-MlsecHeader');
    this.addWidget(header);
    for (const section of sections) {
      section.widget.id = panelId(section);
      section.widget.node.setAttribute('role', 'tabpanel');
      section.widget.node.setAttribute('aria-labelledby', tabId(section));
      section.widget.node.tabIndex = 0;
      this.addWidget(section.widget);
    }
    this._model.changed.connect(this._onModelChanged, this);
    this._onModelChanged();
  }

  readonly sections: readonly ISection[];

  /** Bring a section to the front; with a cell, show what belongs to that cell. */
  choose(id: string, cell: Cell | null = null): void {
    const section = this.sections.find(one => one.id === id);
    if (section) {
      this._model.chosen = id;
      if (cell) {
        section.widget.cell = cell;
      }
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._model.dispose();
    super.dispose();
  }

  private _onModelChanged(): void {
    const { chosen, store } = this._model;
    for (const section of this.sections) {
      section.widget.store = store;
      section.widget.setHidden(!store || !isShown(store) || section.id !== chosen);
    }
  }

  private readonly _model: PanelModel;
}
