/** What a section's body may ask for. The plugin decides how it is done. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Cell } from '../protocol';
import type { IAnswer } from '../session/asking';

export interface IActions {
  readonly reveal: (cell: Cell) => void;
  readonly insert: (source: string) => void;
  readonly copy: (source: string) => void;
  /** Run lines of ours in the current kernel; null where there is none. */
  readonly run: (source: string, silent?: boolean) => Promise<IAnswer | null>;
}

/** What every body needs beside its model. */
export interface IBodyProps {
  readonly actions: IActions;
  readonly trans: TranslationBundle;
}
