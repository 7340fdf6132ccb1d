/** Says that a section shows one cell only, and leads back to all. */
import * as React from 'react';

import type { Cell } from '../protocol';
import type { IBodyProps } from './actions';

export interface IOnlyCellProps extends Pick<IBodyProps, 'trans'> {
  readonly model: { cell: Cell | null };
}

export function OnlyCell({ model, trans }: IOnlyCellProps): React.JSX.Element | null {
  if (model.cell === null) {
    return null;
  }
  return (
    <p className="jp-MlsecOnlyCell">
      <span>{trans.__('Only the cell of In [%1]', model.cell.execution)}</span>
      <button type="button" onClick={() => (model.cell = null)}>
        {trans.__('Show all')}
      </button>
    </p>
  );
}
