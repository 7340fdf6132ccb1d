/** The section of data: the resources a notebook read and wrote, with their columns. */
import * as React from 'react';

import { dataIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import type { ISection } from '../../tokens';
import { SectionWidget } from '../sectionwidget';
import { DataBody } from './body';
import { DataModel } from './model';

export function dataSection({ actions, trans }: IBodyProps): ISection {
  const widget = new SectionWidget(new DataModel(), model =>
    React.createElement(DataBody, { actions, model, trans })
  );
  widget.addClass('jp-MlsecData');
  return { id: 'data', label: trans.__('Data'), icon: dataIcon, widget };
}
