/** What came over the wire, as state: numbered, complete or known not to be, and bounded. No DOM, no kernel. */
import { Signal, type ISignal } from '@lumino/signaling';

import { FORMS, VERSION, type EventNotice, type GuardState } from '../protocol';
import type { IEntryEvent, IStore, Presence } from '../tokens';
import { conforms, isPlain } from './forms';
import type { Pace } from './pace';

/** The most entries a store holds. */
export const KEPT = 5000;

/** Events in one batch after which more are to be expected. */
const MANY = 100;

export class Store implements IStore {
  /** `pace` runs a function soon: that the store has changed is said once, however much came until then. */
  constructor(pace: Pace) {
    this._pace = pace;
  }

  get changed(): ISignal<IStore, void> {
    return this._changed;
  }
  get presence(): Presence {
    return this._presence;
  }
  get run(): string | null {
    return this._run;
  }
  get state(): GuardState | null {
    return this._state;
  }
  get entries(): readonly IEntryEvent[] {
    return this._entries;
  }
  get revision(): number {
    return this._revision;
  }
  get older(): number {
    return this._older;
  }
  get waiting(): boolean {
    return this._waiting;
  }
  get otherVersion(): number | null {
    return this._version === VERSION ? null : this._version;
  }
  get unknown(): number {
    return this._unknown;
  }

  /** The number of the newest event seen. */
  get newest(): number {
    return this._newest;
  }

  /** All events up to this one have come or are given up. */
  get floor(): number {
    return this._floor;
  }

  /** Whether an event is missing below the newest. */
  get hasGap(): boolean {
    return this._newest > this._floor;
  }

  /** Forget everything: another kernel, or the same one started again. */
  clear(presence: Presence): void {
    this._run = null;
    this._forget();
    this._presence = presence;
    this._notify();
  }

  /** The kernel said whether the guard is there. What it published itself outweighs that. */
  found(presence: Presence): void {
    if (this._run === null) {
      this._presence = presence;
      this._notify();
    }
  }

  /** Whether a replay has been asked for and not been answered. */
  await(waiting: boolean): void {
    this._waiting = waiting;
    this._notify();
  }

  /** Take one batch, live or replayed. False if it is not one. */
  receive(batch: unknown): boolean {
    if (
      !isPlain(batch) ||
      typeof batch.version !== 'number' ||
      typeof batch.run !== 'string' ||
      !Array.isArray(batch.events)
    ) {
      return false;
    }
    if (batch.run !== this._run) {
      this._forget();
      this._run = batch.run;
    }
    this._presence = 'live';
    this._version = batch.version;
    let sorted = true;
    for (const event of batch.events) {
      sorted = this._take(event) && sorted;
    }
    if (!sorted) {
      this._revision += 1;
      this._entries.sort((one, other) => one.seq - other.seq);
    }
    this._trim();
    this._notify(batch.events.length >= MANY);
    return true;
  }

  /** Take what the ledger knows of an earlier run, unless a guard has spoken. */
  recall(batch: unknown): void {
    if (this._run === null && this.receive(batch)) {
      this._presence = 'past';
      this.settle(this._newest);
    }
  }

  /** What is still missing up to this number will not come: the kernel keeps only its newest events. */
  settle(upTo: number): void {
    while (this._floor < upTo) {
      this._floor += 1;
      if (!this._ahead.delete(this._floor)) {
        this._older += 1;
      }
    }
    this._advance();
    this._notify();
  }

  /** Take one event; false if it belongs before an entry already held. */
  private _take(event: unknown): boolean {
    if (!isPlain(event) || !Number.isSafeInteger(event.seq)) {
      this._unknown += 1;
      return true;
    }
    const seq = event.seq as number;
    if (seq <= this._floor || this._ahead.has(seq)) {
      return true;
    }
    this._ahead.add(seq);
    this._newest = Math.max(this._newest, seq);
    this._advance();
    if (!conforms(event.notice, Private.NOTICE)) {
      this._unknown += 1;
      return true;
    }
    const notice = event.notice as EventNotice;
    switch (notice.type) {
      case 'state':
        if (seq > this._stateSeq) {
          this._state = notice;
          this._stateSeq = seq;
        }
        return true;
      case 'entry': {
        const last = this._entries.at(-1);
        this._entries.push({ seq, entry: notice.entry });
        return last === undefined || last.seq < seq;
      }
    }
  }

  private _advance(): void {
    while (this._ahead.delete(this._floor + 1)) {
      this._floor += 1;
    }
  }

  private _trim(): void {
    const surplus = this._entries.length - KEPT;
    if (surplus > 0) {
      this._entries = this._entries.slice(surplus);
      this._older += surplus;
    }
    if (this._ahead.size > 2 * KEPT) {
      this.settle(this._newest - KEPT);
    }
  }

  private _forget(): void {
    this._revision += 1;
    this._state = null;
    this._stateSeq = 0;
    this._entries = [];
    this._ahead.clear();
    this._newest = 0;
    this._floor = 0;
    this._older = 0;
    this._unknown = 0;
    this._version = VERSION;
  }

  private _notify(isMuch = false): void {
    if (!this._scheduled) {
      this._scheduled = true;
      this._pace(() => {
        this._scheduled = false;
        this._changed.emit();
      }, isMuch);
    }
  }

  private readonly _pace: Pace;
  private readonly _changed = new Signal<IStore, void>(this);
  private readonly _ahead = new Set<number>();
  private _scheduled = false;
  private _presence: Presence = 'looking';
  private _run: string | null = null;
  private _state: GuardState | null = null;
  private _stateSeq = 0;
  private _entries: IEntryEvent[] = [];
  private _newest = 0;
  private _floor = 0;
  private _revision = 0;
  private _older = 0;
  private _unknown = 0;
  private _waiting = false;
  private _version = VERSION;
}

namespace Private {
  const event = FORMS.Event;
  export const NOTICE =
    typeof event === 'object' && 'fields' in event ? event.fields.notice : event;
}
