/** The commands that act on the current notebook's guard: export its audit, change its profile. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import { CommandIDs } from '../commands';
import { PanelModel } from '../panel/model';
import { ISessions, type IStore } from '../tokens';

const NOTHING: ReadonlyJSONObject = { type: 'object', properties: {} };

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlsec:commands',
  description: 'Exports the audit notebook and changes between observing and guarding.',
  autoStart: true,
  requires: [ISessions, INotebookTracker],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    sessions: ISessions,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlsec');
    const { commands } = app;
    commands.addCommand(CommandIDs.exportAudit, {
      label: trans.__('Export Audit Notebook'),
      caption: trans.__('Save the notebook, and write its signed audit beside it'),
      describedBy: { args: NOTHING },
      isEnabled: () => Private.isLive(sessions.current),
      execute: async () => {
        await tracker.currentWidget?.context.save();
        await Private.say(sessions, '%mlsec export', trans);
      }
    });
    commands.addCommand(CommandIDs.toggleProfile, {
      label: () => Private.profileName(sessions.current, trans),
      caption: () =>
        Private.other(sessions.current) === 'observe'
          ? trans.__('Guarding: press to observe only, which denies and seals nothing')
          : trans.__('Observing only: press to guard'),
      describedBy: { args: NOTHING },
      isEnabled: () => Private.other(sessions.current) !== null,
      isVisible: () => Private.other(sessions.current) !== null,
      isToggled: () => sessions.current?.state?.profile === 'guard',
      execute: async () => {
        const other = Private.other(sessions.current);
        if (other !== null) {
          await Private.say(sessions, `%mlsec policy ${other}`, trans);
        }
      }
    });
    const model = new PanelModel(sessions, '');
    let shown = '';
    model.changed.connect(() => {
      const state = sessions.current?.state;
      const now = `${sessions.current?.presence} ${state?.profile} ${state?.may_switch?.join()}`;
      if (now !== shown) {
        shown = now;
        commands.notifyCommandChanged(CommandIDs.exportAudit);
        commands.notifyCommandChanged(CommandIDs.toggleProfile);
      }
    });
    for (const command of [CommandIDs.exportAudit, CommandIDs.toggleProfile]) {
      palette?.addItem({ command, category: trans.__('Security') });
    }
  }
};

namespace Private {
  export function isLive(store: IStore | null): boolean {
    return store?.presence === 'live' && store.state?.state !== 'off';
  }

  /** The profile the user may change to now; null where the policy or the state does not allow it. */
  export function other(store: IStore | null): string | null {
    const state = store?.state;
    return (isLive(store) && state?.may_switch?.find(profile => profile !== state.profile)) || null;
  }

  export function profileName(store: IStore | null, trans: TranslationBundle): string {
    const profile = store?.state?.profile;
    return profile === 'guard'
      ? trans.__('Guard')
      : profile === 'observe'
        ? trans.__('Observe')
        : trans.__('Change Between Observing and Guarding');
  }

  /** Run a line, and show what it says. */
  export async function say(sessions: ISessions, line: string, trans: TranslationBundle): Promise<void> {
    const answer = await sessions.ask(line);
    if (answer === null) {
      Notification.warning(trans.__('There is no kernel to ask.'), { autoClose: 4000 });
    } else if (answer.ok) {
      Notification.success(answer.text.split('\n')[0], { autoClose: 6000 });
    } else {
      Notification.error(answer.text, { autoClose: 10000 });
    }
  }
}
