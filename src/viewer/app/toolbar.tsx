/** Stepping, searching, filtering. */
import { useEffect, useRef } from 'preact/hooks';
import type { View } from './view.ts';

const overlayWords = {
  order: 'draw the order in which operations take effect',
  cycle: 'draw the cycle on the operations',
};

export function Toolbar({ view }: { readonly view: View }) {
  const { model, filter, setFilter, step, last, go, setStep, why, toggleWhy } = view;
  const { overlay, showOverlay, setShowOverlay, narrowed, stands, clear } = view;
  const count = narrowed
    ? model.diagram.steps.reduce((sum, _, index) => sum + (stands(index) ? 1 : 0), 0)
    : 0;
  return (
    <nav class="tools" aria-label="steps and filters">
      <span class="stepper">
        <button type="button" aria-label="step back" title="step back (↑)" onClick={() => go(-1)}>
          ↑
        </button>
        <input
          aria-label="step"
          class="number"
          type="number"
          min={model.number(0)}
          max={model.number(last)}
          value={model.number(step)}
          onChange={(event) => setStep(Number(event.currentTarget.value) - model.number(0))}
        />
        <span class="of">of {model.number(last).toLocaleString('en')}</span>
        <button type="button" aria-label="step forward" title="step forward (↓)" onClick={() => go(1)}>
          ↓
        </button>
      </span>
      <button
        type="button"
        aria-pressed={why !== undefined}
        title="grey out everything that is not in the causal past of this step (w)"
        onClick={toggleWhy}
      >
        why?
      </button>
      <input
        id="search"
        type="search"
        placeholder="search: node, message, value …  ( / )"
        aria-label="search"
        value={filter.query}
        onInput={(event) => setFilter({ ...filter, query: event.currentTarget.value })}
      />
      <TypeFilter {...{ model, filter, setFilter }} />
      {model.keys.length > 1 && (
        <select
          aria-label="key"
          value={filter.key}
          onChange={(event) => setFilter({ ...filter, key: event.currentTarget.value })}
        >
          <option value="">all keys</option>
          {model.keys.slice(0, 500).map((key) => (
            <option key={key} value={key}>
              {key}
            </option>
          ))}
        </select>
      )}
      {overlay.name && (
        <button
          type="button"
          aria-pressed={showOverlay}
          title={overlayWords[overlay.name]}
          onClick={() => setShowOverlay(!showOverlay)}
        >
          {overlay.name}
        </button>
      )}
      {narrowed && (
        <button type="button" class="clear" title="show everything (Esc)" onClick={clear}>
          {count.toLocaleString('en')} shown ✕
        </button>
      )}
    </nav>
  );
}

function TypeFilter({ model, filter, setFilter }: Pick<View, 'model' | 'filter' | 'setFilter'>) {
  const toggle = (type: string) => {
    const types = new Set(filter.types);
    if (!types.delete(type)) types.add(type);
    setFilter({ ...filter, types });
  };
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = ({ target }: PointerEvent) => {
      if (menu.current && !menu.current.contains(target as Node)) menu.current.open = false;
    };
    addEventListener('pointerdown', close);
    return () => removeEventListener('pointerdown', close);
  }, []);
  return (
    <details class="types" ref={menu}>
      <summary>{filter.types.size === 0 ? 'all kinds' : [...filter.types].join(', ')}</summary>
      <div class="menu">
        {model.types.map((type) => (
          <label key={type}>
            <input type="checkbox" checked={filter.types.has(type)} onChange={() => toggle(type)} />
            {type}
          </label>
        ))}
      </div>
    </details>
  );
}
