/** The small button at a cell: a picture and a count for each thing it did. Plain DOM: there may be a thousand. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';

import { deniedIcon, lockIcon, modelIcon, readIcon, unseenIcon, warningIcon, writeIcon } from '../icons';
import type { IMark } from './marks';

/** One part of a badge. */
interface IPart {
  readonly name: string;
  readonly icon: LabIcon;
  readonly count: number;
  readonly text: string;
}

/** What a badge says, in words; empty where there is nothing to say. */
export function badgeText(mark: IMark, trans: TranslationBundle): string {
  return parts(mark, trans)
    .map(part => part.text)
    .join(', ');
}

/** The section that shows best what the cell did. */
export function badgeSection(mark: IMark): string {
  return mark.findings + mark.denied > 0
    ? 'findings'
    : mark.writes > 0
      ? 'artifacts'
      : mark.reads > 0
        ? 'data'
        : mark.models > 0
          ? 'models'
          : 'overview';
}

/** A badge that does something when it is pressed. */
export function badge(mark: IMark, trans: TranslationBundle, open: () => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'jp-MlsecBadge';
  const said = trans.__('%1. Show in the panel', badgeText(mark, trans));
  button.setAttribute('aria-label', said);
  button.title = said;
  for (const part of parts(mark, trans)) {
    const span = document.createElement('span');
    span.className = 'jp-MlsecBadge-part';
    span.dataset.part = part.name;
    part.icon.element({ container: span, tag: 'span' });
    if (part.count > 1) {
      span.append(part.count.toLocaleString());
    }
    button.append(span);
  }
  button.addEventListener('mousedown', event => event.stopPropagation());
  button.addEventListener('click', event => {
    event.stopPropagation();
    open();
  });
  return button;
}

function parts(mark: IMark, trans: TranslationBundle): readonly IPart[] {
  const all: readonly IPart[] = [
    part('denied', deniedIcon, mark.denied, count => trans.__('%1 denied', count)),
    part('finding', warningIcon, mark.findings, count => trans._n('%1 finding', '%1 findings', count)),
    part('read', readIcon, mark.reads, count => trans._n('%1 read', '%1 reads', count)),
    part('wrote', writeIcon, mark.writes, count => trans._n('%1 write', '%1 writes', count)),
    part('sealed', lockIcon, mark.sealed, count => trans.__('%1 sealed', count)),
    part('model', modelIcon, mark.models, count => trans._n('%1 model call', '%1 model calls', count)),
    part('unobserved', unseenIcon, mark.unobserved, () => trans.__('not all of it was seen'))
  ];
  return all.filter(one => one.count > 0);
}

function part(name: string, icon: LabIcon, count: number, words: (count: number) => string): IPart {
  return { name, icon, count, text: words(count) };
}
