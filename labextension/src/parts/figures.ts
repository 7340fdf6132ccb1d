/** Numbers as people read them: bytes, durations, shares. */
import type { TranslationBundle } from '@jupyterlab/translation';

/** A number of bytes in the largest unit that leaves no more than three digits before the point. */
export function bytes(count: number, trans: TranslationBundle): string {
  const units = [trans.__('B'), trans.__('kB'), trans.__('MB'), trans.__('GB'), trans.__('TB')];
  let unit = 0;
  let left = count;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${unit === 0 || left >= 100 ? Math.round(left) : left.toPrecision(2)} ${units[unit]}`;
}

/** Microseconds as a time. */
export function duration(micros: number, trans: TranslationBundle): string {
  return micros < 1e3
    ? trans.__('%1 µs', micros)
    : micros < 1e6
      ? trans.__('%1 ms', Math.round(micros / 1e3))
      : trans.__('%1 s', (micros / 1e6).toFixed(1));
}

/** A share of one as per cent, with no more digits than it can bear. */
export function percent(share: number, trans: TranslationBundle): string {
  const value = share * 100;
  return trans.__('%1 %', value >= 10 || value === 0 ? Math.round(value) : value.toPrecision(1));
}

/** The first digits of a digest: enough to compare by eye. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}
