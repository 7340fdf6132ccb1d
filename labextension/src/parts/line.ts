/** Lines of ours, made of words that may be anything: a file may have any name. */

/** What a line cannot hold: it would end there, as IPython splits lines, and the rest would be code. */
const ENDS = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** `%mlsec WORD WORD ...`, each word quoted as a shell would; empty where a word cannot stand in a line. */
export function line(...words: readonly string[]): string {
  return words.some(word => ENDS.test(word)) ? '' : ['%mlsec', ...words.map(quoted)].join(' ');
}

/** The pattern that matches this name alone. */
export function exactly(name: string): string {
  return name.replace(/[*?[]/g, '[$&]');
}

/** Whether all of it is lines of ours, so that it may be run without a cell. */
export function isOurs(source: string): boolean {
  return source.split('\n').every(each => each.startsWith('%mlsec ') && !ENDS.test(each));
}

function quoted(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
