/** The section of the ledger: everything recorded in this run, newest first. */
import * as React from 'react';

import { ledgerIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import type { ISection } from '../../tokens';
import { SectionWidget } from '../sectionwidget';
import { LedgerBody } from './body';
import { LedgerModel } from './model';

export function ledgerSection({ actions, trans }: IBodyProps): ISection {
  const widget = new SectionWidget(new LedgerModel(trans), model =>
    React.createElement(LedgerBody, { actions, model, trans })
  );
  widget.addClass('jp-MlsecLedger');
  return { id: 'ledger', label: trans.__('Ledger'), icon: ledgerIcon, widget };
}
