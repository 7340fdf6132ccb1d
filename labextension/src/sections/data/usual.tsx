/** What is usual in a column, as a small picture: asked of the kernel when a table is opened, and kept nowhere. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IActions } from '../../parts/actions';
import { percent } from '../../parts/figures';
import { line } from '../../parts/line';
import type { Form } from '../../protocol';
import { conforms } from '../../session/forms';

/** What the kernel learned of one column. A kernel of another version may say more. */
export interface IUsual {
  /** Where nearly all numbers are expected: where 95 of 100 were, a quarter wider. */
  readonly usual?: readonly [number, number];
  /** Between which bounds a number is not told; null where there is none. */
  readonly admitted?: readonly [number | null, number | null];
  /** How many different values there are. */
  readonly values?: number;
  /** The share that is missing. */
  readonly missing?: number;
}

const bound: Form = { any: ['number', 'null'] };
const ANSWER: Form = {
  map: {
    fields: {
      'usual?': { tuple: ['number', 'number'] },
      'admitted?': { tuple: [bound, bound] },
      'values?': 'number',
      'missing?': 'number'
    }
  }
};

/** What is usual in each column of a table; null until the kernel has answered, and where it knows nothing. */
export function useUsual(
  actions: IActions,
  name: string,
  isWanted: boolean
): Readonly<Record<string, IUsual>> | null {
  const [known, setKnown] = React.useState<Readonly<Record<string, IUsual>> | null>(null);
  React.useEffect(() => {
    const code = line('panel', `--columns=${name}`, '--json');
    let isCurrent = true;
    if (isWanted && code) {
      actions.run(code, true).then(
        answer => {
          const found: unknown = answer?.ok ? JSON.parse(answer.text) : null;
          if (isCurrent && conforms(found, ANSWER) && Object.keys(found as object).length > 0) {
            setKnown(found as Readonly<Record<string, IUsual>>);
          }
        },
        () => undefined // no kernel, or one that does not know the question: there is no picture
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [actions, name, isWanted]);
  return known;
}

/** The picture, and the same in words beside it. */
export function Usual(props: {
  readonly usual: IUsual;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { trans, usual } = props;
  const { missing, usual: range, values } = usual;
  const words = [
    range && trans.__('expected %1 to %2', range[0].toLocaleString(), range[1].toLocaleString()),
    values && trans._n('%1 value', '%1 values', values),
    missing && trans.__('%1 missing', percent(missing, trans))
  ].filter(Boolean);
  return (
    <span className="jp-MlsecData-label">
      <span>{words.join(', ')}</span>
      {range && <Range range={range} admitted={usual.admitted ?? [null, null]} />}
    </span>
  );
}

function Range(props: {
  readonly range: readonly [number, number];
  readonly admitted: readonly [number | null, number | null];
}): React.JSX.Element {
  const { admitted, range } = props;
  const from = Math.min(admitted[0] ?? range[0], range[0]);
  const whole = Math.max(admitted[1] ?? range[1], range[1]) - from || 1;
  const share = (size: number): string => `${(size / whole) * 100}%`;
  return (
    <span className="jp-MlsecBar jp-mod-range" aria-hidden="true">
      <span style={{ marginLeft: share(range[0] - from), width: share(range[1] - range[0]) }} />
    </span>
  );
}
