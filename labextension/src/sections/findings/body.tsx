/** Draws the findings, grouped by resource. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { deniedIcon, noteIcon, warningIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import { CellLink } from '../../parts/celllink';
import { percent } from '../../parts/figures';
import { FilterBar } from '../../parts/filterbar';
import { More, PAGE } from '../../parts/more';
import { OnlyCell } from '../../parts/onlycell';
import { Snippet } from '../../parts/snippet';
import type { Place } from '../../protocol';
import type { FindingsModel, IFindingGroup, IFindingRow, Level } from './model';
import { Muting } from './muting';

const ICONS = { error: deniedIcon, warning: warningIcon, note: noteIcon };

export function FindingsBody(props: IBodyProps & { readonly model: FindingsModel }): React.JSX.Element {
  const { actions, model, trans } = props;
  const [limit, setLimit] = React.useState(PAGE);
  const { all, quiet } = model.counts;
  const isLive = model.isLive;
  if (all === 0) {
    return <Nothing actions={actions} trans={trans} />;
  }
  const total = model.groups.reduce((sum, group) => sum + group.rows.length, 0);
  return (
    <>
      <FilterBar
        trans={trans}
        label={trans.__('Filter findings by resource, column, rule or text')}
        value={model.query}
        onChange={query => (model.query = query)}
        toggle={{
          label: trans.__('Notes and muted (%1)', quiet),
          checked: model.withNotes,
          onChange: checked => (model.withNotes = checked)
        }}
      />
      <OnlyCell model={model} trans={trans} />
      <p role="status" className="jp-MlsecSection-summary">
        {trans._n('%1 finding', '%1 findings', total)}
        {total === 0 && ` - ${trans.__('none passes the filter')}`}
      </p>
      {firstRows(model.groups, limit).map(group => (
        <Group key={group.resource} group={group} isLive={isLive} actions={actions} trans={trans} />
      ))}
      <More trans={trans} shown={limit} total={total} onMore={() => setLimit(limit + PAGE)} />
    </>
  );
}

/** The groups up to so many rows in all. */
function firstRows(groups: readonly IFindingGroup[], limit: number): readonly IFindingGroup[] {
  const shown: IFindingGroup[] = [];
  let left = limit;
  for (const group of groups) {
    if (left <= 0) {
      break;
    }
    shown.push({ ...group, rows: group.rows.slice(0, left) });
    left -= group.rows.length;
  }
  return shown;
}

interface ILiveProps extends IBodyProps {
  /** Whether a guard is there to be told something. */
  readonly isLive: boolean;
}

function Group(props: ILiveProps & { readonly group: IFindingGroup }): React.JSX.Element {
  const { actions, group, isLive, trans } = props;
  return (
    <section className="jp-MlsecFindings-group">
      <h3 className="jp-MlsecFindings-resource" title={group.resource}>
        {group.resource || trans.__('No resource')}
      </h3>
      <ul className="jp-MlsecList">
        {group.rows.map(row => (
          <Row key={row.key} row={row} isLive={isLive} actions={actions} trans={trans} />
        ))}
      </ul>
    </section>
  );
}

function Row(props: ILiveProps & { readonly row: IFindingRow }): React.JSX.Element {
  const { actions, isLive, row, trans } = props;
  const Icon = ICONS[row.level];
  return (
    <li className="jp-MlsecFindings-row" data-level={row.level}>
      <Icon.react tag="span" className="jp-MlsecIcon" title={levelName(row.level, trans)} />
      <div className="jp-MlsecFindings-what">
        <p className="jp-MlsecFindings-message">{row.message}</p>
        {row.places.length > 0 && (
          <ul className="jp-MlsecFindings-places" aria-label={trans.__('Where')}>
            {row.places.slice(0, 8).map((place, index) => (
              <li key={index}>{placeText(place, trans)}</li>
            ))}
            {row.places.length > 8 && <li>{trans.__('and %1 more', row.places.length - 8)}</li>}
          </ul>
        )}
        {row.fix && (
          <Snippet
            code={row.fix}
            purpose={trans.__('the fix')}
            isLive={isLive}
            actions={actions}
            trans={trans}
          />
        )}
        <div className="jp-MlsecFindings-rule">
          {row.denied && <strong className="jp-MlsecFindings-denied">{trans.__('Denied')}</strong>}
          {row.allowed && <strong>{trans.__('Allowed by you')}</strong>}
          <span>{row.rule}</span>
          {row.times > 1 && <span>{trans.__('%1 times', row.times)}</span>}
          {isLive && row.level !== 'note' && <Muting row={row} actions={actions} trans={trans} />}
        </div>
      </div>
      <CellLink cell={row.cell} actions={actions} trans={trans} />
    </li>
  );
}

function levelName(level: Level, trans: TranslationBundle): string {
  switch (level) {
    case 'error':
      return trans.__('Error');
    case 'warning':
      return trans.__('Warning');
    case 'note':
      return trans.__('Note');
  }
}

/** A place in words: `ssn: US_SSN, 100 %`. */
function placeText(place: Place, trans: TranslationBundle): string {
  const facts = [
    place.type,
    typeof place.count === 'number' ? trans._n('%1 row', '%1 rows', place.count) : null,
    typeof place.share === 'number' ? percent(place.share, trans) : null
  ].filter(Boolean);
  const what = facts.join(', ');
  return place.column ? (what ? `${place.column}: ${what}` : place.column) : what;
}

/** What to try in a guarded notebook that has found nothing. */
function Nothing({ actions, trans }: IBodyProps): React.JSX.Element {
  const tries = [
    { code: 'df = pd.read_csv("data.csv")', purpose: trans.__('load a table: it is checked and searched for personal data') },
    { code: '%mlsec status', purpose: trans.__('see what is watched, and what is not') },
    { code: '%mlsec keys init', purpose: trans.__('make a key, so that saved files can be sealed') }
  ];
  return (
    <div className="jp-MlsecEmpty">
      <h3>{trans.__('Nothing found so far')}</h3>
      <p>{trans.__('Three things to try:')}</p>
      <ol>
        {tries.map(({ code, purpose }) => (
          <li key={code}>
            <p>{purpose.charAt(0).toUpperCase() + purpose.slice(1)}</p>
            <Snippet code={code} purpose={purpose} actions={actions} trans={trans} />
          </li>
        ))}
      </ol>
    </div>
  );
}
