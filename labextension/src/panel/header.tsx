/** The top of the panel: the guard's state in a line, its counts, what to know, and the sections' tabs. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { offIcon } from '../icons';
import type { IBodyProps } from '../parts/actions';
import { stateIcon, stateName } from '../parts/guardstate';
import { Snippet } from '../parts/snippet';
import { VERSION } from '../protocol';
import type { ISection, IStore } from '../tokens';
import type { PanelModel } from './model';

/** The one line that loads the guard. */
export const LOAD = '%load_ext jupyter_mlsec';

export interface IHeaderProps extends IBodyProps {
  readonly model: PanelModel;
  readonly sections: readonly ISection[];
}

export function Header(props: IHeaderProps): React.JSX.Element {
  const { actions, model, sections, trans } = props;
  const store = model.store;
  if (!store || !isShown(store)) {
    return <Away store={store} actions={actions} trans={trans} />;
  }
  return (
    <>
      <State store={store} actions={actions} trans={trans} />
      <Notices store={store} trans={trans} />
      <Tabs model={model} chosen={model.chosen} sections={sections} trans={trans} />
    </>
  );
}

/** Whether there is something for the sections to show. */
export function isShown(store: IStore): boolean {
  return store.presence === 'live' || store.presence === 'past';
}

function Away(props: IBodyProps & { readonly store: IStore | null }): React.JSX.Element {
  const { actions, store, trans } = props;
  if (!store) {
    return <Message title={trans.__('No notebook')} text={trans.__('Open a notebook to see what it touches.')} />;
  }
  if (store.presence === 'absent') {
    return (
      <Message
        title={trans.__('Not guarded')}
        text={trans.__('The guard is not loaded in this kernel. One line loads it:')}
      >
        <Snippet code={LOAD} purpose={trans.__('load the guard')} actions={actions} trans={trans} />
      </Message>
    );
  }
  return store.presence === 'none' ? (
    <Message title={trans.__('No kernel')} text={trans.__('Start a kernel for this notebook first.')} />
  ) : (
    <Message title={trans.__('Looking for the guard')} text={trans.__('A busy kernel answers when its cell has run.')} />
  );
}

function Message(props: {
  readonly title: string;
  readonly text: string;
  readonly children?: React.ReactNode;
}): React.JSX.Element {
  return (
    <div className="jp-MlsecAway">
      <offIcon.react tag="span" className="jp-MlsecAway-icon" aria-hidden="true" />
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      {props.children}
    </div>
  );
}

function State(props: IBodyProps & { readonly store: IStore }): React.JSX.Element {
  const { actions, store, trans } = props;
  const state = store.state;
  if (store.presence === 'past') {
    return <Past actions={actions} trans={trans} />;
  }
  const Icon = stateIcon(state?.state);
  const counts: readonly (readonly [string, number])[] = [
    [trans.__('Recorded'), state?.recorded ?? 0],
    [trans.__('Findings'), state?.findings ?? 0],
    [trans.__('Denied'), state?.denied ?? 0],
    [trans.__('Sealed'), state?.sealed ?? 0]
  ];
  return (
    <div className="jp-MlsecState" data-state={state?.state ?? 'on'}>
      <h2 className="jp-MlsecState-title">
        <Icon.react tag="span" className="jp-MlsecState-icon" aria-hidden="true" />
        <span>{state ? stateName(state.state, trans) : trans.__('Loaded')}</span>
        {state && <span className="jp-MlsecState-profile">{state.profile}</span>}
      </h2>
      {state && (
        <dl className="jp-MlsecState-counts">
          {counts.map(([name, count]) => (
            <div key={name} data-none={count === 0}>
              <dt>{name}</dt>
              <dd>{count.toLocaleString()}</dd>
            </div>
          ))}
        </dl>
      )}
      {state?.state === 'off' && (
        <Snippet code={LOAD} purpose={trans.__('load the guard')} actions={actions} trans={trans} />
      )}
    </div>
  );
}

/** Over what the ledger knows of an earlier run. */
function Past({ actions, trans }: IBodyProps): React.JSX.Element {
  return (
    <div className="jp-MlsecState" data-state="off">
      <h2 className="jp-MlsecState-title">
        <offIcon.react tag="span" className="jp-MlsecState-icon" aria-hidden="true" />
        <span>{trans.__('From the ledger')}</span>
      </h2>
      <p>{trans.__('What the last run recorded. The guard is not loaded now; one line loads it:')}</p>
      <Snippet code={LOAD} purpose={trans.__('load the guard')} actions={actions} trans={trans} />
    </div>
  );
}

function Notices(props: {
  readonly store: IStore;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { store, trans } = props;
  const notices: string[] = [];
  if (store.otherVersion !== null) {
    notices.push(
      trans.__(
        'The kernel speaks version %1, this panel version %2: only what both know is shown. Install the same version of jupyter-mlsec for both.',
        store.otherVersion,
        VERSION
      )
    );
  }
  if (store.unknown > 0) {
    notices.push(trans._n('%1 event is not shown: this panel does not know its kind.', '%1 events are not shown: this panel does not know their kind.', store.unknown));
  }
  if (store.waiting) {
    notices.push(trans.__('Earlier events come when the running cell has ended.'));
  }
  if (store.older > 0) {
    notices.push(trans._n('%1 older event is in the ledger only.', '%1 older events are in the ledger only.', store.older));
  }
  return notices.length === 0 ? null : (
    <div className="jp-MlsecNotices" role="status">
      {notices.map(notice => (
        <p key={notice}>{notice}</p>
      ))}
    </div>
  );
}

/** The id of a section's tab, which names its panel. */
export function tabId(section: ISection): string {
  return `jp-mlsec-tab-${section.id}`;
}

/** The id of a section's panel, which its tab controls. */
export function panelId(section: ISection): string {
  return `jp-mlsec-section-${section.id}`;
}

/** Drawn again only when another section is chosen, not with every event. */
const Tabs = React.memo(function Tabs(
  props: Omit<IHeaderProps, 'actions'> & { readonly chosen: string }
): React.JSX.Element {
  const { chosen, model, sections, trans } = props;
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>): void => {
    const at = sections.findIndex(section => section.id === chosen);
    const to = Private.neighbour(event.key, at, sections.length);
    if (to !== null) {
      event.preventDefault();
      model.chosen = sections[to].id;
      document.getElementById(tabId(sections[to]))?.focus();
    }
  };
  return (
    <div
      role="tablist"
      className="jp-MlsecTabs"
      aria-label={trans.__('Sections')}
      onKeyDown={onKeyDown}
    >
      {sections.map(section => {
        const isChosen = section.id === chosen;
        return (
          <button
            key={section.id}
            type="button"
            role="tab"
            id={tabId(section)}
            className="jp-MlsecTabs-tab"
            aria-selected={isChosen}
            aria-controls={panelId(section)}
            tabIndex={isChosen ? 0 : -1}
            title={section.label}
            onClick={() => (model.chosen = section.id)}
          >
            <section.icon.react tag="span" aria-hidden="true" />
            <span className="jp-MlsecTabs-label">{section.label}</span>
          </button>
        );
      })}
    </div>
  );
});

namespace Private {
  /** Which tab a key leads to, or null. */
  export function neighbour(key: string, at: number, count: number): number | null {
    switch (key) {
      case 'ArrowRight':
        return (at + 1) % count;
      case 'ArrowLeft':
        return (at - 1 + count) % count;
      case 'Home':
        return 0;
      case 'End':
        return count - 1;
      default:
        return null;
    }
  }
}
