/** Draws the ledger's entries, newest first. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { CellLink } from '../../parts/celllink';
import { FilterBar } from '../../parts/filterbar';
import { More, PAGE } from '../../parts/more';
import { OnlyCell } from '../../parts/onlycell';
import type { ILedgerRow, LedgerModel } from './model';

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23'
});

export function LedgerBody(props: IBodyProps & { readonly model: LedgerModel }): React.JSX.Element {
  const { actions, model, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  if (model.held === 0) {
    return <p className="jp-MlsecEmpty">{trans.__('The ledger has no entry of this session yet.')}</p>;
  }
  return (
    <>
      <Checkpoint value={model.checkpoint} trans={trans} />
      <FilterBar
        trans={trans}
        label={trans.__('Filter entries by text')}
        value={model.query}
        onChange={query => (model.query = query)}
      />
      <OnlyCell model={model} trans={trans} />
      <p role="status" className="jp-MlsecSection-summary">
        {trans._n('%1 entry', '%1 entries', model.total)}
      </p>
      <ol className="jp-MlsecList" aria-label={trans.__('Entries, newest first')}>
        {model.newest(limit).map(row => (
          <Row key={row.seq} row={row} actions={actions} trans={trans} />
        ))}
      </ol>
      <More trans={trans} shown={limit} total={model.total} onMore={() => setLimit(limit + PAGE)} />
    </>
  );
}

const Row = React.memo(function Row(props: IBodyProps & { readonly row: ILedgerRow }): React.JSX.Element {
  const { actions, row, trans } = props;
  const at = new Date(row.at);
  return (
    <li className="jp-MlsecLedger-row" data-tone={row.tone}>
      <time className="jp-MlsecLedger-time" dateTime={row.at > 0 ? at.toISOString() : undefined}>
        {row.at > 0 ? CLOCK.format(at) : '-'}
      </time>
      <div className="jp-MlsecLedger-what">
        <p className="jp-MlsecLedger-title">{row.title}</p>
        {row.detail && <p className="jp-MlsecLedger-detail">{row.detail}</p>}
      </div>
      <CellLink cell={row.cell} actions={actions} trans={trans} />
    </li>
  );
});

function Checkpoint(props: {
  readonly value: string | null;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { trans, value } = props;
  const [size, hash] = (value ?? '').split(' ');
  return (
    <p className="jp-MlsecLedger-checkpoint">
      {hash
        ? trans.__('Newest checkpoint: %1 entries, %2', size, hash)
        : trans.__('No checkpoint has been signed yet.')}
    </p>
  );
}
