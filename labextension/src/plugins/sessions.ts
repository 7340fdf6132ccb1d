/** Provides the guards of the open notebooks. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { Sessions } from '../session/sessions';
import { ISessions } from '../tokens';

export const sessionsPlugin: JupyterFrontEndPlugin<ISessions> = {
  id: 'jupyter-mlsec:sessions',
  description: 'Listens to the guard in the kernel of each open notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  provides: ISessions,
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker): ISessions =>
    new Sessions(tracker, app.serviceManager.serverSettings)
};
