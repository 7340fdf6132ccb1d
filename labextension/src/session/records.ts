/** Entries about operations, joined: what was learned later about one comes with the operation it amends. */
import type { Amended, Finding, Operation, Recorded, RecordedFacts } from '../protocol';
import type { IEntryEvent } from '../tokens';

/** One entry about an operation: the record itself, or something learned later. */
export interface IRecord {
  readonly seq: number;
  readonly operation: Operation;
  readonly outcome: Recorded['outcome'];
  readonly findings: readonly Finding[];
  readonly facts: readonly RecordedFacts[];
  /** The record, or null for what was learned later. */
  readonly recorded: Recorded | null;
}

/** The operations met so far, by id: what amends them comes later. */
export type Known = Map<string, Recorded>;

/** One event as a record, or null: it is about something else, or amends what is not held. */
export function record({ entry, seq }: IEntryEvent, known: Known): IRecord | null {
  if (entry.entry === 'Recorded') {
    known.set(entry.operation.id, entry);
    return {
      seq,
      operation: entry.operation,
      outcome: entry.outcome,
      findings: entry.decision.findings ?? [],
      facts: entry.facts ?? [],
      recorded: entry
    };
  }
  return entry.entry === 'Amended' ? amendment(entry, seq, known) : null;
}

/** All records among the events, oldest first. */
export function records(events: readonly IEntryEvent[]): readonly IRecord[] {
  const known: Known = new Map();
  const found: IRecord[] = [];
  for (const event of events) {
    const one = record(event, known);
    if (one) {
      found.push(one);
    }
  }
  return found;
}

/** The fact of one kind, if there is one. A panel may be older than the kernel: other kinds are passed over. */
export function factOf<K extends RecordedFacts['fact']>(
  facts: readonly RecordedFacts[],
  kind: K
): Extract<RecordedFacts, { readonly fact: K }> | undefined {
  return facts.find(
    (fact): fact is Extract<RecordedFacts, { readonly fact: K }> => fact.fact === kind
  );
}

function amendment(entry: Amended, seq: number, known: Known): IRecord | null {
  const first = known.get(entry.amends);
  return first
    ? {
        seq,
        operation: first.operation,
        outcome: entry.outcome ?? first.outcome,
        findings: entry.findings ?? [],
        facts: entry.facts ?? [],
        recorded: null
      }
    : null;
}
