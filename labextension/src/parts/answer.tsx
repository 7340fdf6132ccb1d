/** Runs lines of ours from a button, and shows what the kernel answers where the button is. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IAnswer } from '../session/asking';
import type { IActions } from './actions';
import { isOurs } from './line';

/** What was answered, to be shown, and what runs a line and tells whether it went well. */
export interface IRunning {
  readonly said: React.JSX.Element;
  readonly run: (source: string) => Promise<boolean>;
}

/** For one button and its lines. */
export function useRunning(actions: IActions, trans: TranslationBundle): IRunning {
  const [answer, setAnswer] = React.useState<IAnswer | null>(null);
  const run = async (source: string): Promise<boolean> => {
    if (!isOurs(source)) {
      setAnswer({ ok: false, text: trans.__('Nothing was done: a name here holds a line end, and cannot stand in a line.') });
      return false;
    }
    setAnswer({ ok: true, text: trans.__('Asked. A busy kernel answers when its cell has run.') });
    const none = { ok: false, text: trans.__('There is no kernel to ask.') };
    const found = (await actions.run(source).catch(() => null)) ?? none;
    setAnswer(found);
    return found.ok;
  };
  return {
    run,
    said: (
      <output className="jp-MlsecAnswer" data-ok={answer?.ok}>
        {answer?.text}
      </output>
    )
  };
}
