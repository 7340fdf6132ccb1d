/** The frame of a section that lists things: a filter, how many pass it, the rows a page at a time. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Cell } from '../protocol';
import { FilterBar, type IFilterBarProps } from './filterbar';
import { More, PAGE } from './more';
import { OnlyCell } from './onlycell';

export interface IListingProps<T> {
  readonly trans: TranslationBundle;
  readonly model: { query: string; cell: Cell | null; readonly held: number; readonly rows: readonly T[] };
  /** What is said while there is nothing at all. */
  readonly empty: readonly [string, string];
  /** What the filter looks in. */
  readonly label: string;
  readonly toggle?: IFilterBarProps['toggle'];
  /** How many rows there are, in words. */
  readonly summary: (count: number) => string;
  readonly row: (row: T) => React.JSX.Element;
}

export function Listing<T>(props: IListingProps<T>): React.JSX.Element {
  const { empty, label, model, row, summary, toggle, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  if (model.held === 0 && model.cell === null) {
    return <Empty title={empty[0]} text={empty[1]} />;
  }
  const rows = model.rows;
  return (
    <>
      <FilterBar
        trans={trans}
        label={label}
        value={model.query}
        onChange={query => (model.query = query)}
        toggle={toggle}
      />
      <OnlyCell model={model} trans={trans} />
      <p role="status" className="jp-MlsecSection-summary">
        {summary(rows.length)}
      </p>
      <ul className="jp-MlsecList">{rows.slice(0, limit).map(row)}</ul>
      <More trans={trans} shown={limit} total={rows.length} onMore={() => setLimit(limit + PAGE)} />
    </>
  );
}

/** A section that has nothing to show yet. */
export function Empty(props: { readonly title: string; readonly text: string }): React.JSX.Element {
  return (
    <div className="jp-MlsecEmpty">
      <h3>{props.title}</h3>
      <p>{props.text}</p>
    </div>
  );
}
