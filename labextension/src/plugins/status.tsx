/** The guard's state in the status bar, where there is one (Notebook 7 has none). */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CommandIDs } from '../commands';
import { PanelModel } from '../panel/model';
import { stateIcon, stateName } from '../parts/guardstate';
import { ISessions, type IStore } from '../tokens';

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlsec:status',
  description: 'Shows the state of the guard in the status bar.',
  autoStart: true,
  requires: [ISessions],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    sessions: ISessions,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (!statusBar) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('jupyter_mlsec');
    const model = new PanelModel(sessions, '');
    const open = (): void => {
      app.commands.execute(CommandIDs.openPanel).catch(() => undefined);
    };
    const item = ReactWidget.create(
      <UseSignal signal={model.changed}>
        {() => <Item store={model.store} open={open} trans={trans} />}
      </UseSignal>
    );
    item.addClass('jp-MlsecStatus');
    statusBar.registerStatusItem('jupyter-mlsec:status', { item, align: 'right', rank: 100 });
  }
};

function Item(props: {
  readonly store: IStore | null;
  readonly open: () => void;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { open, store, trans } = props;
  if (!store || store.presence === 'none' || store.presence === 'looking') {
    return null;
  }
  const state = store.state;
  const Icon = stateIcon(state?.state);
  const text =
    store.presence === 'absent' || store.presence === 'past'
      ? trans.__('Not guarded')
      : !state || state.state === 'on'
        ? trans._n('Guard: %1 finding', 'Guard: %1 findings', state?.findings ?? 0)
        : trans.__('Guard: %1', stateName(state.state, trans));
  return (
    <button type="button" className="jp-MlsecStatus-item" title={trans.__('Show notebook security')} onClick={open}>
      <Icon.react tag="span" aria-hidden="true" />
      <span>{text}</span>
    </button>
  );
}
