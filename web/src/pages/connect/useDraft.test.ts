import { act, renderHook } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';

import { Drafts } from './drafts';
import { useDraft } from './useDraft';

const kept = () => new Drafts(localStorage, 'ada').get('a');
const open = () => renderHook(() => useDraft('ada', 'a', { source: 'shop' }));

describe('a draft', () => {
  beforeEach(() => localStorage.clear());

  it('that nobody changed is not kept', () => {
    const { result, unmount } = open();
    act(() => result.current.visit('model'));
    unmount();
    expect(kept()).toBeNull();
  });

  it('is there when one comes back', () => {
    const first = open();
    act(() => first.result.current.visit('model'));
    act(() => first.result.current.change({ name: 'vip', spec: { source: 'shop', table: 't' } }));
    first.unmount();
    const { draft } = open().result.current;
    expect(draft).toMatchObject({ name: 'vip', spec: { table: 't' }, step: 'model', seen: ['model'] });
  });

  it('is kept when the page is closed', () => {
    const { result } = open();
    act(() => result.current.change({ name: 'vip' }));
    window.dispatchEvent(new Event('pagehide'));
    expect(kept()?.name).toBe('vip');
  });

  /** elsewhere does something to the draft in another window. */
  const elsewhere = (act: (drafts: Drafts) => void) => {
    act(new Drafts(localStorage, 'ada'));
    window.dispatchEvent(new StorageEvent('storage', { key: 'eddy.draft.ada.a' }));
  };

  it('is one in two windows, and an idle one writes over nothing', () => {
    const { result, unmount } = open();
    act(() => result.current.change({ name: 'mine' }));
    window.dispatchEvent(new Event('pagehide'));
    const later = Date.now() + 1000;
    act(() => elsewhere((drafts) => drafts.put({ ...result.current.draft, name: 'theirs', changed: later })));
    expect(result.current.draft.name).toBe('theirs');
    new Drafts(localStorage, 'ada').put({ ...result.current.draft, name: 'newest', changed: later + 1000 });
    unmount();
    expect(kept()?.name).toBe('newest');
  });

  it('that another window made a connection of is gone here, too', () => {
    const { result, unmount } = open();
    act(() => result.current.change({ name: 'vip' }));
    act(() => elsewhere((drafts) => drafts.remove('a')));
    expect(result.current.gone).toBe(true);
    unmount();
    expect(kept()).toBeNull();
  });

  it('is gone once the connection is made', () => {
    const { result, unmount } = open();
    act(() => result.current.change({ name: 'vip' }));
    act(() => result.current.remove());
    unmount();
    expect(kept()).toBeNull();
  });
});
