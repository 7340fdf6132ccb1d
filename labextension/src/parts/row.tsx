/** One row of a listing: a line that opens, its tags, and the way to its cell. What is inside is drawn when opened. */
import * as React from 'react';

import type { Cell } from '../protocol';
import type { IBodyProps } from './actions';
import { CellLink } from './celllink';

export interface IRowProps extends IBodyProps {
  readonly title: string;
  readonly facts: string;
  readonly tags: React.ReactNode;
  readonly cell: Cell | null;
  /** What stands before the line. */
  readonly before?: React.ReactNode;
  readonly opened: () => React.ReactNode;
}

export function Row(props: IRowProps): React.JSX.Element {
  const { actions, before, cell, facts, opened, tags, title, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  return (
    <li className="jp-MlsecRow">
      {before}
      <details className="jp-MlsecRow-details" onToggle={event => setOpen(event.currentTarget.open)}>
        <summary>
          <span className="jp-MlsecRow-title">{title}</span>
          <span className="jp-MlsecRow-facts">{facts}</span>
          <span className="jp-MlsecRow-tags">{tags}</span>
        </summary>
        {isOpen && opened()}
      </details>
      <CellLink cell={cell} actions={actions} trans={trans} />
    </li>
  );
}
