/** Puts the panel into the right sidebar. */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard, ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import { CommandIDs } from '../commands';
import { shieldIcon } from '../icons';
import { MlsecPanel } from '../panel';
import type { IActions } from '../parts/actions';
import { findingsSection } from '../sections/findings';
import { ledgerSection } from '../sections/ledger';
import { ISessions } from '../tokens';

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlsec:panel',
  description: 'Shows what the current notebook touched, in the right sidebar.',
  autoStart: true,
  requires: [ISessions],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    sessions: ISessions,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlsec');
    const body = { actions: Private.actions(sessions, trans), trans };
    const panel = new MlsecPanel({
      ...body,
      sessions,
      sections: [findingsSection(body), ledgerSection(body)]
    });
    panel.title.icon = shieldIcon;
    panel.title.caption = trans.__('Security of the notebook');
    app.shell.add(panel, 'right', { rank: 900, type: 'Security' });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(CommandIDs.openPanel, {
      label: trans.__('Show Notebook Security'),
      caption: trans.__('Show what the current notebook read, wrote and was told'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: CommandIDs.openPanel, category: trans.__('Security') });
  }
};

namespace Private {
  export function actions(sessions: ISessions, trans: TranslationBundle): IActions {
    const gone = (): void => {
      Notification.warning(trans.__('That cell is no longer in the notebook, or has run again since.'), {
        autoClose: 4000
      });
    };
    return {
      reveal: cell => {
        sessions.reveal(cell).then(found => found || gone(), gone);
      },
      insert: source => {
        sessions.insert(source);
      },
      copy: source => {
        Clipboard.copyToSystem(source);
        Notification.info(trans.__('Copied.'), { autoClose: 1500 });
      }
    };
  }
}
