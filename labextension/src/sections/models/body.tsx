/** Draws the models: a line each, which opens to what went in and came out. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { CellLink } from '../../parts/celllink';
import { duration, short } from '../../parts/figures';
import { FilterBar } from '../../parts/filterbar';
import { More, PAGE } from '../../parts/more';
import { OnlyCell } from '../../parts/onlycell';
import { Pairs } from '../../parts/pairs';
import { Tag } from '../../parts/tag';
import type { IModelRow, ModelsModel } from './model';

export function ModelsBody(props: IBodyProps & { readonly model: ModelsModel }): React.JSX.Element {
  const { actions, model, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  if (model.held === 0 && model.cell === null) {
    return (
      <div className="jp-MlsecEmpty">
        <h3>{trans.__('No model so far')}</h3>
        <p>{trans.__('Models appear here as they are fitted or asked.')}</p>
      </div>
    );
  }
  const rows = model.rows;
  return (
    <>
      <FilterBar
        trans={trans}
        label={trans.__('Filter models by class, library or data')}
        value={model.query}
        onChange={query => (model.query = query)}
      />
      <OnlyCell model={model} trans={trans} />
      <p role="status" className="jp-MlsecSection-summary">
        {trans._n('%1 model', '%1 models', rows.length)}
      </p>
      <ul className="jp-MlsecList">
        {rows.slice(0, limit).map(row => (
          <Row key={row.key} row={row} actions={actions} trans={trans} />
        ))}
      </ul>
      <More trans={trans} shown={limit} total={rows.length} onMore={() => setLimit(limit + PAGE)} />
    </>
  );
}

function Row(props: IBodyProps & { readonly row: IModelRow }): React.JSX.Element {
  const { actions, row, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  return (
    <li className="jp-MlsecRow">
      <details
        className="jp-MlsecRow-details"
        onToggle={event => setOpen(event.currentTarget.open)}
      >
        <summary>
          <span className="jp-MlsecRow-title">{row.name}</span>
          <span className="jp-MlsecRow-facts">{factsText(row, trans)}</span>
          <span className="jp-MlsecRow-tags">
            {row.outcome !== 'done' && (
              <Tag tone="error">
                {row.outcome === 'denied' ? trans.__('denied') : trans.__('the fit did not end well')}
              </Tag>
            )}
            {row.schema && row.broken === 0 && <Tag tone="good">{trans.__('inputs as fitted')}</Tag>}
            {row.broken > 0 && (
              <Tag tone="error">
                {trans._n('%1 input unlike the fit', '%1 inputs unlike the fit', row.broken)}
              </Tag>
            )}
          </span>
        </summary>
        {isOpen && <Opened row={row} trans={trans} />}
      </details>
      <CellLink cell={row.cell} actions={actions} trans={trans} />
    </li>
  );
}

function Opened(props: {
  readonly row: IModelRow;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { row, trans } = props;
  return (
    <>
      <Pairs
        pairs={[
          [trans.__('Library'), row.library],
          [trans.__('Learned from'), row.sources.join(', ')],
          [trans.__('Fit took'), row.micros > 0 ? duration(row.micros, trans) : null],
          [
            trans.__('Parameters'),
            row.parameters && <code title={row.parameters}>{short(row.parameters)}</code>
          ],
          [trans.__('Last output'), row.outputs],
          [
            trans.__('Input schema'),
            row.schema &&
              (row.schema.state === 'approved' ? trans.__('approved') : trans.__('learned'))
          ],
          [trans.__('Last used'), row.usedIn && trans.__('In [%1]', row.usedIn.execution)]
        ]}
      />
      {(row.failures?.length ?? 0) > 0 && (
        <ul className="jp-MlsecModels-failures" aria-label={trans.__('How inputs differed')}>
          {row.failures?.slice(0, 20).map(([column, check, count], at) => (
            <li key={at}>{trans.__('%1: %2 (%3)', column, check, count.toLocaleString())}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function factsText(row: IModelRow, trans: TranslationBundle): string {
  const fit =
    row.rows === null
      ? trans.__('fitted')
      : row.features === null
        ? trans._n('fitted on %1 row', 'fitted on %1 rows', row.rows)
        : trans.__('fitted on %1 × %2', row.rows.toLocaleString(), row.features.toLocaleString());
  return [
    row.isFitted ? fit : trans.__('not fitted in this run'),
    row.uses > 0 ? trans._n('used %1 time', 'used %1 times', row.uses) : null,
    row.usedRows > 0 ? trans._n('%1 row asked', '%1 rows asked', row.usedRows) : null
  ]
    .filter(Boolean)
    .join(', ');
}
