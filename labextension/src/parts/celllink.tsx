/** The way from a row to the cell it came from. */
import * as React from 'react';

import type { Cell } from '../protocol';
import type { IBodyProps } from './actions';

export interface ICellLinkProps extends IBodyProps {
  readonly cell: Cell | null;
}

export function CellLink({ actions, cell, trans }: ICellLinkProps): React.JSX.Element | null {
  if (!cell || (cell.execution < 1 && !cell.id)) {
    return null;
  }
  const label = trans.__('Go to the cell of In [%1]', cell.execution);
  return (
    <button
      type="button"
      className="jp-MlsecCellLink"
      aria-label={label}
      title={label}
      onClick={() => actions.reveal(cell)}
    >
      {`[${cell.execution}]`}
    </button>
  );
}
