/** Puts small badges at the cells of every open notebook, unless the settings say no. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CellBadges } from '../badges/cellbadges';
import { CommandIDs } from '../commands';
import { ISessions } from '../tokens';

/** The plugin whose settings all others share. */
const SETTINGS = 'jupyter-mlsec:panel';

export const badgesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlsec:badges',
  description: 'Shows at each cell what it read, wrote and was told.',
  autoStart: true,
  requires: [ISessions, INotebookTracker],
  optional: [ITranslator, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    sessions: ISessions,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    registry: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlsec');
    const shown = new Map<NotebookPanel, CellBadges>();
    let isWanted = true;
    const add = (panel: NotebookPanel): void => {
      const open = (section: string, cell: { execution: number; id?: string | null }): void => {
        app.commands
          .execute(CommandIDs.openPanel, { section, execution: cell.execution, id: cell.id ?? '' })
          .catch(() => undefined);
      };
      if (isWanted && !shown.has(panel) && !panel.isDisposed) {
        shown.set(panel, new CellBadges({ panel, store: sessions.of(panel), trans, open }));
        panel.disposed.connect(() => {
          shown.get(panel)?.dispose();
          shown.delete(panel);
        });
      }
    };
    const follow = (settings: ISettingRegistry.ISettings): void => {
      isWanted = settings.composite.cellBadges !== false;
      if (isWanted) {
        tracker.forEach(add);
      } else {
        shown.forEach(badges => badges.dispose());
        shown.clear();
      }
    };
    tracker.widgetAdded.connect((_, panel) => add(panel));
    tracker.forEach(add);
    registry?.load(SETTINGS).then(
      settings => {
        follow(settings);
        settings.changed.connect(follow);
      },
      () => undefined // without settings, the badges are shown
    );
  }
};
