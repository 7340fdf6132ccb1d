/** The guard's state as a word and a picture, for the header and the status bar. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';

import { offIcon, pausedIcon, shieldIcon } from '../icons';
import type { GuardState } from '../protocol';

/** A short word for the guard's state. */
export function stateName(state: GuardState['state'], trans: TranslationBundle): string {
  switch (state) {
    case 'on':
      return trans.__('On');
    case 'paused':
      return trans.__('Paused');
    case 'off':
      return trans.__('Off');
  }
}

/** The picture that goes with it. */
export function stateIcon(state: GuardState['state'] | undefined): LabIcon {
  return state === 'on' ? shieldIcon : state === 'paused' ? pausedIcon : offIcon;
}
