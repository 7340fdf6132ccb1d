/** Draws the resources: a line each, which opens to the columns. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { CellLink } from '../../parts/celllink';
import { percent, short } from '../../parts/figures';
import { FilterBar } from '../../parts/filterbar';
import { More, PAGE } from '../../parts/more';
import { OnlyCell } from '../../parts/onlycell';
import { Pairs } from '../../parts/pairs';
import { Snippet } from '../../parts/snippet';
import { Tag } from '../../parts/tag';
import type { Label, SchemaVerdict } from '../../protocol';
import type { DataModel, IColumn, IDataRow } from './model';

export function DataBody(props: IBodyProps & { readonly model: DataModel }): React.JSX.Element {
  const { actions, model, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  if (model.held === 0 && model.cell === null) {
    return (
      <div className="jp-MlsecEmpty">
        <h3>{trans.__('No data so far')}</h3>
        <p>{trans.__('Tables appear here as they are read or written.')}</p>
      </div>
    );
  }
  const rows = model.rows;
  return (
    <>
      <FilterBar
        trans={trans}
        label={trans.__('Filter data by name, column or kind of personal data')}
        value={model.query}
        onChange={query => (model.query = query)}
      />
      <OnlyCell model={model} trans={trans} />
      <p role="status" className="jp-MlsecSection-summary">
        {trans._n('%1 resource', '%1 resources', rows.length)}
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

function Row(props: IBodyProps & { readonly row: IDataRow }): React.JSX.Element {
  const { actions, row, trans } = props;
  const [isOpen, setOpen] = React.useState(false);
  return (
    <li className="jp-MlsecRow">
      <details
        className="jp-MlsecRow-details"
        onToggle={event => setOpen(event.currentTarget.open)}
      >
        <summary>
          <span className="jp-MlsecRow-title">{row.resource.name}</span>
          <span className="jp-MlsecRow-facts">{sizeText(row, trans)}</span>
          <span className="jp-MlsecRow-tags">
            {row.labelled > 0 && (
              <Tag tone="warning">
                {trans._n('%1 personal column', '%1 personal columns', row.labelled)}
              </Tag>
            )}
            {row.schema && (
              <Tag tone={row.schema.ok ? 'good' : 'error'}>{schemaText(row.schema, trans)}</Tag>
            )}
          </span>
        </summary>
        {isOpen && <Opened row={row} actions={actions} trans={trans} />}
      </details>
      <CellLink cell={row.cell} actions={actions} trans={trans} />
    </li>
  );
}

function Opened(props: IBodyProps & { readonly row: IDataRow }): React.JSX.Element {
  const { actions, row, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  const learned = row.schema?.state === 'learned' && row.resource.kind === 'file';
  return (
    <>
      <Pairs
        pairs={[
          [trans.__('Kind'), [row.resource.kind, row.resource.format].filter(Boolean).join(', ')],
          [trans.__('Read'), trans._n('%1 time', '%1 times', row.reads)],
          [trans.__('Written'), trans._n('%1 time', '%1 times', row.writes)],
          [trans.__('SHA-256'), row.digest && <code title={row.digest}>{short(row.digest)}</code>]
        ]}
      />
      {learned && (
        <Snippet
          code={`%mlsec schema approve "${row.resource.name}"`}
          purpose={trans.__('approve the schema that was learned')}
          actions={actions}
          trans={trans}
        />
      )}
      {row.columns.length > 0 && (
        <table className="jp-MlsecData-columns">
          <thead>
            <tr>
              <th scope="col">{trans.__('Column')}</th>
              <th scope="col">{trans.__('Type')}</th>
              <th scope="col">{trans.__('Holds')}</th>
            </tr>
          </thead>
          <tbody>
            {row.columns.slice(0, limit).map(column => (
              <Column key={column.name} column={column} trans={trans} />
            ))}
          </tbody>
        </table>
      )}
      <More
        trans={trans}
        shown={limit}
        total={row.columns.length}
        onMore={() => setLimit(limit + PAGE)}
      />
    </>
  );
}

function Column(props: {
  readonly column: IColumn;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { column, trans } = props;
  return (
    <tr>
      <th scope="row">{column.name || trans.__('(as a whole)')}</th>
      <td>{column.type}</td>
      <td>
        {column.labels.map((label, at) => (
          <Held key={at} label={label} trans={trans} />
        ))}
        {column.failures.map(([check, count], at) => (
          <Tag key={`failure ${at}`} tone="error">
            {trans.__('fails %1: %2', check, count.toLocaleString())}
          </Tag>
        ))}
      </td>
    </tr>
  );
}

/** A label in words, with its share as a bar where it is known. */
function Held(props: {
  readonly label: Label;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { label, trans } = props;
  const certain = label.certain ? trans.__('certain') : trans.__('likely');
  const share = typeof label.share === 'number' ? label.share : null;
  return (
    <span className="jp-MlsecData-label" title={`${certain}, ${sourceName(label.source ?? '', trans)}`}>
      <span>
        {label.type}
        {share !== null && ` ${percent(share, trans)}`}
        {!label.certain && ' ?'}
      </span>
      {share !== null && (
        <span className="jp-MlsecBar" aria-hidden="true">
          <span style={{ width: `${Math.min(1, share) * 100}%` }} />
        </span>
      )}
    </span>
  );
}

function sourceName(source: string, trans: TranslationBundle): string {
  switch (source) {
    case 'validator':
      return trans.__('its values pass a validator');
    case 'header':
      return trans.__('by the name of the column');
    case 'user':
      return trans.__('you said so');
    case 'inherited':
      return trans.__('inherited from what it was made of');
    default:
      return trans.__('its values look like it');
  }
}

function schemaText(schema: SchemaVerdict, trans: TranslationBundle): string {
  if (!schema.ok) {
    return trans._n('%1 check failed', '%1 checks failed', Math.max(1, schema.failures?.length ?? 0));
  }
  return schema.state === 'approved'
    ? trans.__('schema approved')
    : trans.__('schema learned');
}

function sizeText(row: IDataRow, trans: TranslationBundle): string {
  const names = row.columns.filter(column => column.name).length;
  return [
    row.rows === null ? null : trans._n('%1 row', '%1 rows', row.rows),
    names === 0 ? null : trans._n('%1 column', '%1 columns', names),
    row.reads > 0 ? trans.__('read') : null,
    row.writes > 0 ? trans.__('written') : null
  ]
    .filter(Boolean)
    .join(', ');
}
