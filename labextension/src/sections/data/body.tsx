/** Draws the resources: a line each, which opens to the columns. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { percent, short } from '../../parts/figures';
import { line } from '../../parts/line';
import { Listing } from '../../parts/listing';
import { More, PAGE } from '../../parts/more';
import { Pairs } from '../../parts/pairs';
import { Row } from '../../parts/row';
import { Snippet } from '../../parts/snippet';
import { Tag } from '../../parts/tag';
import type { Label, SchemaVerdict } from '../../protocol';
import type { DataModel, IColumn, IDataRow } from './model';
import { Usual, useUsual, type IUsual } from './usual';

export function DataBody(props: IBodyProps & { readonly model: DataModel }): React.JSX.Element {
  const { actions, model, trans } = props;
  return (
    <Listing
      trans={trans}
      model={model}
      empty={[trans.__('No data so far'), trans.__('Tables appear here as they are read or written.')]}
      label={trans.__('Filter data by name, column or kind of personal data')}
      summary={count => trans._n('%1 resource', '%1 resources', count)}
      row={row => (
        <Row
          key={row.key}
          title={row.resource.name}
          facts={sizeText(row, trans)}
          tags={<Tags row={row} trans={trans} />}
          cell={row.cell}
          opened={() => <Opened row={row} isLive={model.isLive} actions={actions} trans={trans} />}
          actions={actions}
          trans={trans}
        />
      )}
    />
  );
}

function Tags(props: {
  readonly row: IDataRow;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { row, trans } = props;
  return (
    <>
      {row.labelled > 0 && (
        <Tag tone="warning">{trans._n('%1 personal column', '%1 personal columns', row.labelled)}</Tag>
      )}
      {row.schema && (
        <Tag tone={row.schema.ok ? 'good' : 'error'}>{schemaText(row.schema, trans)}</Tag>
      )}
    </>
  );
}

function Opened(
  props: IBodyProps & { readonly row: IDataRow; readonly isLive: boolean }
): React.JSX.Element {
  const { actions, isLive, row, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  const learned = row.schema?.state === 'learned' && row.resource.kind === 'file';
  const usual = useUsual(actions, row.resource.name, isLive && row.columns.length > 0);
  return (
    <>
      <Pairs
        pairs={[
          [trans.__('Kind'), [row.resource.kind, row.resource.format].filter(Boolean).join(', ')],
          [trans.__('Read'), row.reads > 0 && trans._n('%1 time', '%1 times', row.reads)],
          [trans.__('Written'), row.writes > 0 && trans._n('%1 time', '%1 times', row.writes)],
          [trans.__('SHA-256'), row.digest && <code title={row.digest}>{short(row.digest)}</code>]
        ]}
      />
      {learned && (
        <Snippet
          code={line('schema', 'approve', row.resource.name)}
          purpose={trans.__('approve the schema that was learned')}
          isLive={isLive}
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
              <Column key={column.name} column={column} usual={usual?.[column.name]} trans={trans} />
            ))}
          </tbody>
        </table>
      )}
      {usual && (
        <p className="jp-MlsecData-note">
          {trans.__('Bars show the learned range and, in it, where nearly all numbers are expected. Columns with personal data have none: what is made of their values stays in the kernel.')}
        </p>
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
  readonly usual?: IUsual;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { column, trans, usual } = props;
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
        {usual && column.labels.length === 0 && <Usual usual={usual} trans={trans} />}
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
