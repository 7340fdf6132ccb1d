/** Draws the lineage: the graph, what is to know of the chosen node, and the same nodes as a list. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { FilterBar } from '../../parts/filterbar';
import { Empty } from '../../parts/listing';
import { More, PAGE } from '../../parts/more';
import { ChosenNode } from './chosen';
import type { INode, NodeKind } from './graph';
import type { LineageModel, Trace } from './model';
import { LineageView } from './view';

export function LineageBody(props: IBodyProps & { readonly model: LineageModel }): React.JSX.Element {
  const { actions, model, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  const placed = model.placed;
  if (!placed || placed.nodes.length === 0) {
    return (
      <Empty
        title={trans.__('No lineage so far')}
        text={trans.__('It grows as cells read files, fit models and write.')}
      />
    );
  }
  const listed = model.listed;
  return (
    <>
      <FilterBar
        trans={trans}
        label={trans.__('Find files, names, columns or kinds of personal data in the lineage')}
        value={model.query}
        onChange={query => (model.query = query)}
      />
      <Picture model={model} trans={trans} />
      <ChosenNode model={model} actions={actions} trans={trans} />
      <h3 className="jp-MlsecHeading">
        <span role="status">
          {trans._n('%1 node', '%1 nodes', listed.length)}
          {model.chosen !== null && ` ${trans.__('on this way')}`}
        </span>
      </h3>
      <ul className="jp-MlsecList">
        {listed.slice(0, limit).map(node => (
          <Item key={node.id} node={node} model={model} trans={trans} />
        ))}
      </ul>
      <More trans={trans} shown={limit} total={listed.length} onMore={() => setLimit(limit + PAGE)} />
    </>
  );
}

/** A node's kind as a word. */
export function kindName(kind: NodeKind, trans: TranslationBundle): string {
  switch (kind) {
    case 'resource':
      return trans.__('data');
    case 'cell':
      return trans.__('cell');
    case 'model':
      return trans.__('model');
  }
}

function Picture(props: {
  readonly model: LineageModel;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { model, trans } = props;
  const canvas = React.useRef<HTMLCanvasElement>(null);
  const [view, setView] = React.useState<LineageView | null>(null);
  React.useEffect(() => {
    if (!canvas.current) {
      return;
    }
    const made = new LineageView(canvas.current, model, {
      word: kind => kindName(kind, trans),
      sealed: trans.__('sealed')
    });
    setView(made);
    return () => made.dispose();
  }, [model, trans]);
  React.useEffect(() => view?.update());
  return (
    <div className="jp-MlsecLineage-picture">
      <Tools model={model} view={view} trans={trans} />
      <canvas
        ref={canvas}
        className="jp-MlsecLineage-canvas"
        tabIndex={0}
        role="application"
        aria-label={trans.__('Lineage graph. The same nodes are listed below it.')}
        aria-describedby="jp-mlsec-lineage-keys"
      />
      <p id="jp-mlsec-lineage-keys" className="jp-MlsecLineage-keys">
        {trans.__('Arrows: next node. Shift+arrows: move. + - 0: zoom, fit. Escape: choose none.')}
      </p>
    </div>
  );
}

function Tools(props: {
  readonly model: LineageModel;
  readonly view: LineageView | null;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { model, trans, view } = props;
  const tool = (sign: string, name: string, act: () => void): React.JSX.Element => (
    <button type="button" className="jp-MlsecLineage-tool" aria-label={name} title={name} onClick={act}>
      {sign}
    </button>
  );
  return (
    <div className="jp-MlsecLineage-tools">
      <Ways model={model} trans={trans} />
      {tool('\u2212', trans.__('Zoom out'), () => view?.zoom(0.8))}
      {tool('+', trans.__('Zoom in'), () => view?.zoom(1.25))}
      {tool(trans.__('Fit'), trans.__('Fit the graph in'), () => view?.fit())}
    </div>
  );
}

/** Which part of the graph the chosen node lights up. */
function Ways(props: {
  readonly model: LineageModel;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { model, trans } = props;
  const ways: readonly (readonly [Trace, string])[] = [
    ['both', trans.__('Both ways')],
    ['up', trans.__('Upstream')],
    ['down', trans.__('Downstream')]
  ];
  return (
    <select
      className="jp-MlsecLineage-ways"
      aria-label={trans.__('Trace')}
      value={model.trace}
      onChange={event => {
        const chosen = ways.find(([way]) => way === event.target.value);
        model.trace = chosen ? chosen[0] : 'both';
      }}
    >
      {ways.map(([way, name]) => (
        <option key={way} value={way}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Item(props: {
  readonly node: INode;
  readonly model: LineageModel;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { model, node, trans } = props;
  const isChosen = model.chosen === node.id;
  return (
    <li>
      <button
        type="button"
        className="jp-MlsecLineage-item"
        aria-pressed={isChosen}
        onClick={() => (model.chosen = isChosen ? null : node.id)}
      >
        <span className="jp-MlsecLineage-kind">{kindName(node.kind, trans)}</span>
        <span className="jp-MlsecLineage-name">
          {node.kind === 'cell' && node.detail ? `${node.name} ${node.detail}` : node.name}
        </span>
      </button>
    </li>
  );
}
