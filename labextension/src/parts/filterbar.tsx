/** The line above a list: a text to look for, how many rows it leaves, and one switch where a section has one. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

export interface IFilterBarProps {
  readonly trans: TranslationBundle;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly toggle?: {
    readonly label: string;
    readonly checked: boolean;
    readonly onChange: (checked: boolean) => void;
  };
}

export function FilterBar(props: IFilterBarProps): React.JSX.Element {
  const { label, onChange, toggle, trans, value } = props;
  return (
    <div className="jp-MlsecFilterBar">
      <input
        type="search"
        className="jp-MlsecFilterBar-input"
        aria-label={label}
        placeholder={trans.__('Filter')}
        value={value}
        onChange={event => onChange(event.target.value)}
      />
      {toggle && (
        <label className="jp-MlsecFilterBar-toggle">
          <input
            type="checkbox"
            checked={toggle.checked}
            onChange={event => toggle.onChange(event.target.checked)}
          />
          {toggle.label}
        </label>
      )}
    </div>
  );
}
