/** Says of a finding that it is known: a reason, for how long, and the line of ours that records it. */
import * as React from 'react';

import type { IBodyProps } from '../../parts/actions';
import { useRunning } from '../../parts/answer';
import { exactly, line } from '../../parts/line';
import type { IFindingRow } from './model';

export interface IMutingProps extends IBodyProps {
  readonly row: IFindingRow;
}

/** A button that opens to the form; for what is muted, why, and a button that ends it. */
export function Muting({ actions, row, trans }: IMutingProps): React.JSX.Element {
  const { run, said } = useRunning(actions, trans);
  const [isOpen, setOpen] = React.useState(false);
  const { muted } = row;
  if (muted) {
    return (
      <>
        <strong>{trans.__('Muted: %1', muted.reason)}</strong>
        <button type="button" onClick={() => void run(line('allow', `--end=${muted.id}`))}>
          {trans.__('Tell again')}
        </button>
        {said}
      </>
    );
  }
  const mute = async (reason: string, span: string): Promise<void> => {
    const resource = row.resource ? [`--resource=${exactly(row.resource)}`] : [];
    const time = span ? [`--for=${span}`] : [];
    setOpen(!(await run(line('allow', row.rule, `--reason=${reason}`, ...resource, ...time))));
  };
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-label={trans.__('Mute %1 for %2', row.rule, row.resource)}
        onClick={() => setOpen(!isOpen)}
      >
        {trans.__('Mute...')}
      </button>
      {isOpen && <Form onSubmit={mute} onCancel={() => setOpen(false)} trans={trans} />}
      {said}
    </>
  );
}

function Form(
  props: Pick<IBodyProps, 'trans'> & {
    readonly onSubmit: (reason: string, span: string) => Promise<void>;
    readonly onCancel: () => void;
  }
): React.JSX.Element {
  const { onCancel, onSubmit, trans } = props;
  const [reason, setReason] = React.useState('');
  const [span, setSpan] = React.useState('');
  const spans: readonly (readonly [string, string])[] = [
    ['', trans.__('until this run ends')],
    ['8h', trans.__('for 8 hours')],
    ['1d', trans.__('for a day')],
    ['1w', trans.__('for a week')]
  ];
  return (
    <form
      className="jp-MlsecMuting"
      onSubmit={event => {
        event.preventDefault();
        void onSubmit(reason.trim(), span);
      }}
      onKeyDown={event => event.key === 'Escape' && onCancel()}
    >
      <input
        autoFocus
        required
        pattern=".*\S.*"
        aria-label={trans.__('Why it may stay: goes into the ledger')}
        placeholder={trans.__('Why it may stay')}
        value={reason}
        onChange={event => setReason(event.target.value)}
      />
      <select
        aria-label={trans.__('For how long')}
        value={span}
        onChange={event => setSpan(event.target.value)}
      >
        {spans.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <button type="submit">{trans.__('Mute')}</button>
    </form>
  );
}
