/** Draws the models: a line each, which opens to what went in and came out. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { duration, short } from '../../parts/figures';
import { Listing } from '../../parts/listing';
import { Pairs } from '../../parts/pairs';
import { Row } from '../../parts/row';
import { Tag } from '../../parts/tag';
import type { IModelRow, ModelsModel } from './model';

export function ModelsBody(props: IBodyProps & { readonly model: ModelsModel }): React.JSX.Element {
  const { actions, model, trans } = props;
  return (
    <Listing
      trans={trans}
      model={model}
      empty={[trans.__('No model so far'), trans.__('Models appear here as they are fitted or asked.')]}
      label={trans.__('Filter models by class, library or data')}
      summary={count => trans._n('%1 model', '%1 models', count)}
      row={row => (
        <Row
          key={row.key}
          title={row.name}
          facts={factsText(row, trans)}
          tags={<Tags row={row} trans={trans} />}
          cell={row.cell}
          opened={() => <Opened row={row} trans={trans} />}
          actions={actions}
          trans={trans}
        />
      )}
    />
  );
}

function Tags(props: {
  readonly row: IModelRow;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { row, trans } = props;
  return (
    <>
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
    </>
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
