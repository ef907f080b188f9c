import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { Drafts, type Draft } from './drafts';

/** useDraft keeps a draft in this browser while it is worked on. */
export function useDraft(person: string, id: string, spec: Draft['spec']) {
  const drafts = useMemo(() => new Drafts(localStorage, person), [person]);
  const [draft, setDraft] = useState<Draft>(
    () => drafts.get(id) ?? { id, spec, step: '', seen: [], changed: 0 },
  );
  const latest = useRef(draft);
  const done = useRef(false);

  const [gone, setGone] = useState(false);

  const save = useCallback(() => {
    // What nobody touched is not worth keeping, and what was created is no draft any more. What
    // another window changed later is not written over.
    const { changed } = latest.current;
    if (changed > 0 && !done.current && changed >= (drafts.get(id)?.changed ?? 0)) drafts.put(latest.current);
  }, [drafts, id]);

  const change = useCallback((part: Partial<Pick<Draft, 'name' | 'spec'>>) => {
    setDraft((before) => ({ ...before, ...part, changed: Date.now() }));
  }, []);

  /** visit notes which step is open; a draft that nobody changed stays unsaved. */
  const visit = useCallback((step: string) => {
    setDraft((before) =>
      before.step === step && before.seen.includes(step)
        ? before
        : { ...before, step, seen: [...new Set([...before.seen, step])] },
    );
  }, []);

  // A person who types does not want to wait for the disk at each letter.
  useEffect(() => {
    latest.current = draft;
    const timer = setTimeout(save, 300);
    return () => clearTimeout(timer);
  }, [draft, save]);
  useEffect(() => {
    window.addEventListener('pagehide', save);
    return () => {
      window.removeEventListener('pagehide', save);
      save();
    };
  }, [save]);

  // Two windows with one draft are two views of it.
  useEffect(() => {
    const heard = (e: StorageEvent) => {
      if (!drafts.is(e.key, id)) return;
      const there = drafts.get(id);
      done.current = !there;
      setGone(!there);
      if (there && there.changed > latest.current.changed) setDraft(there);
    };
    window.addEventListener('storage', heard);
    return () => window.removeEventListener('storage', heard);
  }, [drafts, id]);

  const remove = useCallback(() => {
    done.current = true;
    drafts.remove(id);
  }, [drafts, id]);

  return { draft, change, visit, remove, gone };
}
