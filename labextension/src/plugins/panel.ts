/** Puts the panel into the right sidebar. */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard, ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { shieldIcon } from '../icons';
import { MlsecPanel } from '../panel';
import type { IActions } from '../parts/actions';
import type { Cell } from '../protocol';
import { artifactsSection } from '../sections/artifacts';
import { dataSection } from '../sections/data';
import { findingsSection } from '../sections/findings';
import { ledgerSection } from '../sections/ledger';
import { lineageSection } from '../sections/lineage';
import { modelsSection } from '../sections/models';
import { overviewSection } from '../sections/overview';
import { ISessions } from '../tokens';

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlsec:panel',
  description: 'Shows what the current notebook touched, in the right sidebar.',
  autoStart: true,
  requires: [ISessions],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    sessions: ISessions,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    registry: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlsec');
    const body = { actions: Private.actions(sessions, trans), trans };
    const panel = new MlsecPanel({
      ...body,
      sessions,
      first: 'findings',
      sections: [
        overviewSection(body),
        findingsSection(body),
        dataSection(body),
        lineageSection(body),
        artifactsSection(body),
        modelsSection(body),
        ledgerSection(body)
      ]
    });
    panel.title.icon = shieldIcon;
    panel.title.caption = trans.__('Security of the notebook');
    app.shell.add(panel, 'right', { rank: 900, type: 'Security' });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(CommandIDs.openPanel, {
      label: args => Private.openLabel(panel, args, trans),
      caption: trans.__('Show what the current notebook read, wrote and was told'),
      describedBy: { args: Private.OPEN },
      execute: args => {
        app.shell.activateById(panel.id);
        if (typeof args.section === 'string') {
          panel.choose(args.section, Private.cell(args));
        }
      }
    });
    const category = trans.__('Security');
    palette?.addItem({ command: CommandIDs.openPanel, category });
    for (const { id } of panel.sections) {
      palette?.addItem({ command: CommandIDs.openPanel, category, args: { section: id } });
    }
    registry?.load(panelPlugin.id).then(
      settings => panel.choose(String(settings.composite.firstSection)),
      () => undefined // without settings, the panel opens as it is made
    );
  }
};

namespace Private {
  /** What the command takes: a section's id, and the cell to show in it. */
  export const OPEN: ReadonlyJSONObject = {
    type: 'object',
    properties: {
      section: {
        type: 'string',
        enum: ['overview', 'findings', 'data', 'lineage', 'artifacts', 'models', 'ledger'],
        description: 'The section to bring to the front'
      },
      execution: { type: 'number', description: 'The execution count of the cell to show in it' },
      id: { type: 'string', description: 'The id of that cell' }
    }
  };

  /** The command's label, with the section it leads to where one is named. */
  export function openLabel(
    panel: MlsecPanel,
    args: ReadonlyPartialJSONObject,
    trans: TranslationBundle
  ): string {
    const section = panel.sections.find(one => one.id === args.section);
    return section
      ? trans.__('Show Notebook Security: %1', section.label)
      : trans.__('Show Notebook Security');
  }

  export function cell(args: ReadonlyPartialJSONObject): Cell | null {
    return typeof args.execution === 'number'
      ? { execution: args.execution, id: typeof args.id === 'string' ? args.id : null }
      : null;
  }

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
      },
      run: (source, silent) => sessions.ask(source, silent)
    };
  }
}
