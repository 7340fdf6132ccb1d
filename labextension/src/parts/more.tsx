/** Long lists are drawn a page at a time, so that 5,000 rows do not stop the page. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

/** Rows drawn at first, and added by each press. */
export const PAGE = 100;

export interface IMoreProps {
  readonly trans: TranslationBundle;
  readonly shown: number;
  readonly total: number;
  readonly onMore: () => void;
}

export function More({ onMore, shown, total, trans }: IMoreProps): React.JSX.Element | null {
  if (total <= shown) {
    return null;
  }
  return (
    <button type="button" className="jp-MlsecMore" onClick={onMore}>
      {trans.__('Show more (%1 of %2 shown)', shown, total)}
    </button>
  );
}
