/** Draws the artifacts: a line each, which opens to digest, recipients and what to do. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { lockIcon, openLockIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import { CellLink } from '../../parts/celllink';
import { bytes } from '../../parts/figures';
import { FilterBar } from '../../parts/filterbar';
import { More, PAGE } from '../../parts/more';
import { OnlyCell } from '../../parts/onlycell';
import { Pairs } from '../../parts/pairs';
import { Snippet } from '../../parts/snippet';
import { Tag } from '../../parts/tag';
import type { ArtifactsModel, IArtifactRow } from './model';

export function ArtifactsBody(
  props: IBodyProps & { readonly model: ArtifactsModel }
): React.JSX.Element {
  const { actions, model, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  if (model.held === 0 && model.cell === null) {
    return (
      <div className="jp-MlsecEmpty">
        <h3>{trans.__('Nothing was written so far')}</h3>
        <p>{trans.__('Files appear here as they are saved, sealed or plain.')}</p>
      </div>
    );
  }
  const rows = model.rows;
  return (
    <>
      <FilterBar
        trans={trans}
        label={trans.__('Filter artifacts by name, recipient, column or source')}
        value={model.query}
        onChange={query => (model.query = query)}
      />
      <OnlyCell model={model} trans={trans} />
      <p role="status" className="jp-MlsecSection-summary">
        {trans._n('%1 artifact', '%1 artifacts', rows.length)}
        {`, ${trans.__('%1 sealed', model.sealed)}`}
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

function Row(props: IBodyProps & { readonly row: IArtifactRow }): React.JSX.Element {
  const { actions, row, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  const Icon = row.isSealed ? lockIcon : openLockIcon;
  return (
    <li className="jp-MlsecRow" data-sealed={row.isSealed}>
      <Icon.react tag="span" className="jp-MlsecIcon" aria-hidden="true" />
      <details
        className="jp-MlsecRow-details"
        onToggle={event => setOpen(event.currentTarget.open)}
      >
        <summary>
          <span className="jp-MlsecRow-title">{row.resource.name}</span>
          <span className="jp-MlsecRow-facts">{factsText(row, trans)}</span>
          <span className="jp-MlsecRow-tags">
            <State row={row} trans={trans} />
          </span>
        </summary>
        {isOpen && <Opened row={row} actions={actions} trans={trans} />}
      </details>
      <CellLink cell={row.cell} actions={actions} trans={trans} />
    </li>
  );
}

function State(props: {
  readonly row: IArtifactRow;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { row, trans } = props;
  if (row.outcome === 'denied') {
    return <Tag tone="error">{trans.__('denied: not written')}</Tag>;
  }
  if (row.outcome !== 'done') {
    return <Tag tone="error">{trans.__('the write did not end well')}</Tag>;
  }
  if (row.isSealed) {
    return <Tag tone="good">{trans.__('sealed')}</Tag>;
  }
  return (
    <>
      <Tag>{trans.__('plain')}</Tag>
      {row.labels.length > 0 && <Tag tone="warning">{trans.__('holds personal data')}</Tag>}
    </>
  );
}

function Opened(props: IBodyProps & { readonly row: IArtifactRow }): React.JSX.Element {
  const { actions, row, trans } = props;
  const name = JSON.stringify(row.resource.name);
  const labels = row.labels.map(label => `${label.column} ${label.type}`.trim());
  return (
    <>
      <Pairs
        pairs={[
          [trans.__('Sealed for'), row.recipients.join(', ')],
          [trans.__('SHA-256'), row.digest && <code>{row.digest}</code>],
          [trans.__('Holds'), labels.join(', ')],
          [trans.__('Made of'), row.sources.join(', ')],
          [trans.__('Written'), trans._n('%1 time', '%1 times', row.writes)]
        ]}
      />
      {row.resource.kind === 'file' && row.outcome === 'done' && (
        <Snippet
          code={row.isSealed ? `%mlsec open ${name}` : `%mlsec seal ${name}`}
          purpose={row.isSealed ? trans.__('write it out in plain') : trans.__('seal the file')}
          actions={actions}
          trans={trans}
        />
      )}
    </>
  );
}

function factsText(row: IArtifactRow, trans: TranslationBundle): string {
  return [row.resource.format, row.size === null ? null : bytes(row.size, trans)]
    .filter(Boolean)
    .join(', ');
}
