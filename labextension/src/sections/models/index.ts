/** The section of models: fits, predictions, and whether inputs are as fitted. */
import * as React from 'react';

import { modelIcon } from '../../icons';
import type { IBodyProps } from '../../parts/actions';
import type { ISection } from '../../tokens';
import { SectionWidget } from '../sectionwidget';
import { ModelsBody } from './body';
import { ModelsModel } from './model';

export function modelsSection({ actions, trans }: IBodyProps): ISection {
  const widget = new SectionWidget(new ModelsModel(), model =>
    React.createElement(ModelsBody, { actions, model, trans })
  );
  widget.addClass('jp-MlsecModels');
  return { id: 'models', label: trans.__('Models'), icon: modelIcon, widget };
}
