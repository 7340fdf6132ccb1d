/** What the user let pass or said is known: the allowances in force, as the ledger's entries tell them. */
import type { Allowed } from '../../protocol';
import type { IEntryEvent } from '../../tokens';

/** What the kernel writes when an allowance is taken back; its subject is the allowance's id. */
const ENDED = 'ended an allowance';

/** The allowances that nobody took back and whose time is not over, the newest first. */
export function allowances(entries: readonly IEntryEvent[], now: number): readonly Allowed[] {
  const found = new Map<string, Allowed>();
  for (const { entry } of entries) {
    if (entry.entry === 'Allowed') {
      found.set(entry.id, entry);
    } else if (entry.entry === 'Did' && entry.verb === ENDED) {
      found.delete(entry.subject);
    }
  }
  return [...found.values()].filter(({ until }) => !until || until / 1e6 > now).reverse();
}

/** The allowance that covers findings of a rule on a resource, if one does. */
export function covering(
  all: readonly Allowed[],
  rule: string,
  resource: string
): Allowed | undefined {
  return all.find(one => matches(rule, one.rule) && (one.resource == null || matches(resource, one.resource)));
}

/** Whether a name fits a pattern of Python's fnmatch. */
function matches(name: string, pattern: string): boolean {
  const source = pattern.replace(/\[!?\]?[^\]]*\]|[^]/g, part =>
    part === '*'
      ? '[^]*'
      : part === '?'
        ? '[^]'
        : part.length > 1
          ? `[${part.slice(1, -1).replace(/[\\\]^]/g, '\\$&').replace(/^!/, '^')}]`
          : part.replace(/[\\^$.+()[\]{}|/]/, '\\$&')
  );
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    return false; // a range such as [z-a], which matches nothing
  }
}
