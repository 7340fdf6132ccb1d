/** Draws the overview: counts, what is watched, what is off or was not seen, the cost, and the cells. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { CellLink } from '../../parts/celllink';
import { bytes, duration } from '../../parts/figures';
import { More, PAGE } from '../../parts/more';
import { Pairs } from '../../parts/pairs';
import { Tag } from '../../parts/tag';
import type { Coverage, GuardState } from '../../protocol';
import type { ICellRow, OverviewModel } from './model';

export function OverviewBody(
  props: IBodyProps & { readonly model: OverviewModel }
): React.JSX.Element {
  const { actions, model, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  const { cells, state, tally } = model;
  return (
    <>
      <Pairs
        pairs={[
          [trans.__('Read'), trans._n('%1 call', '%1 calls', tally.reads)],
          [trans.__('Written'), trans._n('%1 call', '%1 calls', tally.writes)],
          [
            trans.__('Models'),
            [
              trans._n('%1 fit', '%1 fits', tally.fits),
              trans._n('%1 use', '%1 uses', tally.uses)
            ].join(', ')
          ],
          [trans.__('Own cost'), state && cost(state, trans)],
          [trans.__('Checkpoint'), state && checkpoint(state, trans)]
        ]}
      />
      {state && <Watched state={state} trans={trans} />}
      <h3 className="jp-MlsecHeading">{trans._n('%1 cell', '%1 cells', cells.length)}</h3>
      <ul className="jp-MlsecList">
        {cells.slice(0, limit).map(row => (
          <CellRow key={row.key} row={row} actions={actions} trans={trans} />
        ))}
      </ul>
      <More trans={trans} shown={limit} total={cells.length} onMore={() => setLimit(limit + PAGE)} />
    </>
  );
}

function cost(state: GuardState, trans: TranslationBundle): string | null {
  return typeof state.cost === 'number' ? duration(state.cost * 1000, trans) : null;
}

function checkpoint(state: GuardState, trans: TranslationBundle): string {
  const [size, hash] = (state.checkpoint ?? '').split(' ');
  return hash ? trans.__('%1 entries, %2', size, hash) : trans.__('none signed yet');
}

/** What is watched, and, in the open, what is not. */
function Watched(props: {
  readonly state: GuardState;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { state, trans } = props;
  const watching = state.watching ?? [];
  const gaps = notSeen(state, trans);
  return (
    <>
      <details className="jp-MlsecOverview-watching">
        <summary>{trans._n('Watching %1 library', 'Watching %1 libraries', watching.length)}</summary>
        <ul className="jp-MlsecOverview-names">
          {watching.map(name => (
            <li key={name}>{name}</li>
          ))}
        </ul>
      </details>
      <h3 className="jp-MlsecHeading">{trans.__('Not seen')}</h3>
      {gaps.length === 0 ? (
        <p className="jp-MlsecOverview-gaps">
          {trans.__('Nothing so far: watched calls explain all that was read and written.')}
        </p>
      ) : (
        <ul className="jp-MlsecOverview-gaps">
          {gaps.map(gap => (
            <li key={gap}>{gap}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function notSeen(state: GuardState, trans: TranslationBundle): readonly string[] {
  const unexplained = state.unexplained ?? 0;
  return [
    ...(state.off ?? []).map(reason => trans.__('Off: %1', reason)),
    ...(unexplained > 0
      ? [
          `${trans._n('%1 cell with unexplained I/O', '%1 cells with unexplained I/O', unexplained)} (${trans.__('last: %1', state.unexplained_last ?? '')})`
        ]
      : []),
    ...(state.unobserved ?? []).map(what => trans.__('Ran unobserved: %1', what))
  ];
}

function CellRow(props: IBodyProps & { readonly row: ICellRow }): React.JSX.Element {
  const { actions, row, trans } = props;
  const unseen = row.coverage ? elsewhere(row.coverage) : '';
  return (
    <li className="jp-MlsecRow">
      <div className="jp-MlsecRow-details">
        <p className="jp-MlsecRow-title">{did(row, trans)}</p>
        {row.coverage && (
          <p className="jp-MlsecRow-facts">{covered(row.coverage, trans)}</p>
        )}
        <p className="jp-MlsecRow-tags">
          {row.denied && <Tag tone="error">{trans.__('denied')}</Tag>}
          {row.findings > 0 && (
            <Tag tone="warning">{trans._n('%1 finding', '%1 findings', row.findings)}</Tag>
          )}
          {unseen && <Tag tone="warning">{trans.__('unobserved: %1', unseen)}</Tag>}
        </p>
      </div>
      <CellLink cell={row.cell} actions={actions} trans={trans} />
    </li>
  );
}

function did(row: ICellRow, trans: TranslationBundle): string {
  const done = [
    row.reads > 0 ? trans._n('%1 read', '%1 reads', row.reads) : null,
    row.writes > 0 ? trans._n('%1 write', '%1 writes', row.writes) : null,
    row.models > 0 ? trans._n('%1 model call', '%1 model calls', row.models) : null
  ].filter(Boolean);
  return [
    done.join(', ') || trans.__('No watched call'),
    row.micros > 0 ? duration(row.micros, trans) : null
  ]
    .filter(Boolean)
    .join(' · ');
}

/** How many bytes there were, and how many of them no watched call explains. */
function covered(coverage: Coverage, trans: TranslationBundle): string {
  const part = (sentence: string, count = 0, unexplained = 0): string | null =>
    count === 0
      ? null
      : unexplained === 0
        ? sentence
        : trans.__('%1 (%2 unexplained)', sentence, bytes(unexplained, trans));
  return [
    part(trans.__('read %1', bytes(coverage.read ?? 0, trans)), coverage.read, coverage.read_unexplained),
    part(
      trans.__('wrote %1', bytes(coverage.written ?? 0, trans)),
      coverage.written,
      coverage.written_unexplained
    )
  ]
    .filter(Boolean)
    .join(', ');
}

function elsewhere(coverage: Coverage): string {
  return (coverage.unobserved ?? [])
    .map(one => [one.kind, one.program].filter(Boolean).join(' '))
    .join(', ');
}
