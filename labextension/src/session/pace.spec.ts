import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { pace } from './pace';

describe('the pace of a store', () => {
  const idle = vi.fn();

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance', 'queueMicrotask'] });
    vi.stubGlobal('window', { requestIdleCallback: idle });
    vi.stubGlobal('requestIdleCallback', idle);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    idle.mockClear();
  });

  it('says at once what comes after a rest, and soon what follows at its heels', () => {
    const said: string[] = [];
    const later = pace();
    later(() => said.push('first'), false);
    vi.advanceTimersByTime(0);
    later(() => said.push('second'), false);
    expect(said).toEqual(['first']);
    vi.advanceTimersByTime(8);
    expect(said).toEqual(['first', 'second']);
  });

  it('waits for an idle page while much arrives', () => {
    let isSaid = false;
    pace()(() => (isSaid = true), true);
    expect(isSaid).toBe(false);
    idle.mock.calls[0][0]();
    expect(isSaid).toBe(true);
  });
});
