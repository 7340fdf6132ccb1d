/** What the panel's plugins offer each other, and what another extension may require. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';

import type { IAnswer } from './session/asking';
import type { Cell, EntryWrittenEntry, GuardState } from './protocol';

/**
 * `none`: no kernel. `looking`: not answered yet. `absent`: a kernel without the guard. `live`: it speaks.
 * `past`: as absent or none, but the ledger knows what an earlier run did.
 */
export type Presence = 'none' | 'looking' | 'absent' | 'live' | 'past';

/** A ledger entry with its place in the run. */
export interface IEntryEvent {
  readonly seq: number;
  readonly entry: EntryWrittenEntry;
}

/** All a panel knows of one kernel's guard. Read only; `changed` fires once for all that came together. */
export interface IStore {
  readonly changed: ISignal<IStore, void>;
  readonly presence: Presence;
  readonly run: string | null;
  readonly state: GuardState | null;
  /** Oldest first, the newest 5,000. */
  readonly entries: readonly IEntryEvent[];
  /** Another number when entries were forgotten or came before others; the same when they were only added. */
  readonly revision: number;
  /** Events that are in the ledger but no longer here. */
  readonly older: number;
  /** Whether earlier events have been asked for and not come yet (a busy kernel answers after its cell). */
  readonly waiting: boolean;
  /** The kernel's protocol version where it is not ours, else null. */
  readonly otherVersion: number | null;
  /** Events of a kind this panel does not know. */
  readonly unknown: number;
}

/** The guards of the open notebooks, and what a section may do to the current one. */
export interface ISessions {
  /** What is known of one notebook's guard. */
  of(panel: NotebookPanel): IStore;
  readonly current: IStore | null;
  /** Emitted when another notebook is current. */
  readonly currentChanged: ISignal<ISessions, void>;
  /** Select, scroll to and focus the cell; false when it is gone. */
  reveal(cell: Cell): Promise<boolean>;
  /** Put a new code cell below the active one and focus it; false without a notebook. */
  insert(source: string): boolean;
  /**
   * Run a line of ours in the current kernel and give what it prints; null without a kernel.
   * `silent` is for questions: the guard records no cell for them.
   */
  ask(line: string, silent?: boolean): Promise<IAnswer | null>;
}

export const ISessions = new Token<ISessions>(
  'jupyter-mlsec:ISessions',
  'The guards of the open notebooks, as live stores.'
);

/** One section of the panel: a view of the current store. The panel owns and disposes the widget. */
export interface ISection {
  readonly id: string;
  readonly label: string;
  readonly icon: LabIcon;
  readonly widget: Widget & { store: IStore | null; cell: Cell | null };
}
