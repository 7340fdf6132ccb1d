/** Draws the artifacts: a line each, which opens to digest, recipients and what to do. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { lockIcon, openLockIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import { bytes } from '../../parts/figures';
import { line } from '../../parts/line';
import { Listing } from '../../parts/listing';
import { Pairs } from '../../parts/pairs';
import { Row } from '../../parts/row';
import { Snippet } from '../../parts/snippet';
import { Tag } from '../../parts/tag';
import type { ArtifactsModel, IArtifactRow } from './model';

export function ArtifactsBody(
  props: IBodyProps & { readonly model: ArtifactsModel }
): React.JSX.Element {
  const { actions, model, trans } = props;
  return (
    <Listing
      trans={trans}
      model={model}
      empty={[
        trans.__('Nothing was written so far'),
        trans.__('Files appear here as they are saved, sealed or plain.')
      ]}
      label={trans.__('Filter artifacts by name, recipient, column or source')}
      summary={count =>
        `${trans._n('%1 artifact', '%1 artifacts', count)}, ${trans.__('%1 sealed', model.sealed)}`
      }
      row={row => (
        <Row
          key={row.key}
          title={row.resource.name}
          facts={factsText(row, trans)}
          tags={<State row={row} trans={trans} />}
          cell={row.cell}
          before={<Lock isSealed={row.isSealed} />}
          opened={() => <Opened row={row} isLive={model.isLive} actions={actions} trans={trans} />}
          actions={actions}
          trans={trans}
        />
      )}
    />
  );
}

function Lock({ isSealed }: { readonly isSealed: boolean }): React.JSX.Element {
  const Icon = isSealed ? lockIcon : openLockIcon;
  return (
    <span className="jp-MlsecArtifacts-lock" data-sealed={isSealed} aria-hidden="true">
      <Icon.react tag="span" className="jp-MlsecIcon" />
    </span>
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

function Opened(
  props: IBodyProps & { readonly row: IArtifactRow; readonly isLive: boolean }
): React.JSX.Element {
  const { actions, isLive, row, trans } = props;
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
          code={line(row.isSealed ? 'open' : 'seal', row.resource.name)}
          purpose={row.isSealed ? trans.__('write it out in plain') : trans.__('seal the file')}
          isLive={isLive}
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
