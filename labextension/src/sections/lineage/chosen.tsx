/** What is to know of the chosen node: what led to it, what it leads to, and what it holds. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { CellLink } from '../../parts/celllink';
import { Tag } from '../../parts/tag';
import type { EdgeKind, IEdge, INode } from './graph';
import type { LineageModel } from './model';

/** Neighbours that are named; the list below the graph has them all. */
const NAMED = 12;

export function ChosenNode(
  props: IBodyProps & { readonly model: LineageModel }
): React.JSX.Element | null {
  const { actions, model, trans } = props;
  const node = model.chosen === null ? undefined : model.placed?.nodes[model.chosen];
  if (!node) {
    return null;
  }
  return (
    <section className="jp-MlsecLineage-chosen" aria-label={trans.__('The chosen node')}>
      <div className="jp-MlsecLineage-head">
        <h3>{node.name}</h3>
        <CellLink cell={node.cell} actions={actions} trans={trans} />
      </div>
      {node.detail && <p>{node.detail}</p>}
      <p className="jp-MlsecRow-tags">
        {node.isSealed && <Tag tone="good">{trans.__('sealed')}</Tag>}
        {[...node.labels].map(label => (
          <Tag key={label} tone="warning">
            {label}
          </Tag>
        ))}
      </p>
      <Neighbours title={trans.__('Comes from')} way="up" node={node} model={model} trans={trans} />
      <Neighbours title={trans.__('Leads to')} way="down" node={node} model={model} trans={trans} />
      <Columns node={node} trans={trans} />
    </section>
  );
}

function Neighbours(props: {
  readonly title: string;
  readonly way: 'up' | 'down';
  readonly node: INode;
  readonly model: LineageModel;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { model, node, title, trans, way } = props;
  const edges = way === 'up' ? node.before : node.after;
  if (edges.length === 0) {
    return null;
  }
  return (
    <>
      <h4>{title}</h4>
      <ul>
        {edges.slice(0, NAMED).map(edge => (
          <Neighbour key={`${edge.from} ${edge.to}`} edge={edge} way={way} model={model} trans={trans} />
        ))}
        {edges.length > NAMED && <li>{trans.__('and %1 more', edges.length - NAMED)}</li>}
      </ul>
    </>
  );
}

function Neighbour(props: {
  readonly edge: IEdge;
  readonly way: 'up' | 'down';
  readonly model: LineageModel;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { edge, model, trans, way } = props;
  const other = model.node(way === 'up' ? edge.from : edge.to);
  const carried = model.placed?.carried.get(edge);
  return (
    <li>
      <button type="button" onClick={() => (model.chosen = other.id)}>
        {other.name}
      </button>
      {` ${edgeName(edge.kind, trans)}`}
      {carried &&
        `: ${
          carried.isRecorded
            ? carried.types.join(', ')
            : trans.__('may carry %1', carried.types.join(', '))
        }`}
    </li>
  );
}

function edgeName(kind: EdgeKind, trans: TranslationBundle): string {
  switch (kind) {
    case 'read':
      return trans.__('(read)');
    case 'written':
      return trans.__('(written)');
    case 'used':
      return trans.__('(its names were used)');
    case 'fitted':
      return trans.__('(fitted)');
    case 'asked':
      return trans.__('(asked)');
  }
}

function Columns(props: {
  readonly node: INode;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { node, trans } = props;
  if (node.columns.length === 0) {
    return null;
  }
  return (
    <>
      <h4>{trans.__('Columns')}</h4>
      <ul>
        {node.columns.slice(0, 50).map(({ column, evidence, sources }) => (
          <li key={column} title={trans.__('known by: %1', evidence)}>
            {sources.length > 0
              ? trans.__('%1 from %2', column, sources.join('; '))
              : trans.__('%1 from nothing that was read', column)}
          </li>
        ))}
        {node.columns.length > 50 && <li>{trans.__('and %1 more', node.columns.length - 50)}</li>}
      </ul>
    </>
  );
}
