/** The page by keyboard. */
import { useLayoutEffect } from 'preact/hooks';
import type { View } from './view.ts';

export function useKeyboard({ go, setStep, last, toggleWhy, clear }: View): void {
  // With what is drawn, so that no key goes by what was shown before.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      const typing = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      const searching = typing && target.id === 'search';
      if (typing && event.key !== 'Escape' && !(searching && event.key === 'Enter')) return;
      const actions: Record<string, () => void> = {
        ArrowDown: () => go(1, event.shiftKey),
        ArrowRight: () => go(1, event.shiftKey),
        ArrowUp: () => go(-1, event.shiftKey),
        ArrowLeft: () => go(-1, event.shiftKey),
        j: () => go(1),
        k: () => go(-1),
        Home: () => setStep(0),
        End: () => setStep(last),
        w: toggleWhy,
        '/': () => document.querySelector<HTMLInputElement>('#search')?.focus(),
        Escape: () => {
          document.querySelector('.types')?.removeAttribute('open');
          clear();
          (document.activeElement as HTMLElement | null)?.blur();
        },
        ...(searching ? { Enter: () => go(event.shiftKey ? -1 : 1) } : {}),
      };
      const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
