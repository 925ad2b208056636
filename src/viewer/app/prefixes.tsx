/** The longest orders that explain a part of what clients saw; the chosen one is drawn on the operations. */
import type { Prefix } from '../../report/prefixes.ts';
import { callInWords, resultInWords, short } from '../../report/shapes-words.ts';
import type { VerdictProps } from './verdict.tsx';

interface Props extends Pick<VerdictProps, 'model' | 'jump' | 'choose'> {
  readonly prefixes: readonly Prefix[];
  readonly prefix: number;
}

/** Operations of an order that are told, its last ones, and answers that would have been legal. */
const mostTold = 8;
const mostLegal = 4;

export function Prefixes({ model, prefixes, prefix, choose, jump }: Props) {
  const { bars } = model.diagram;
  const barOf = new Map(bars.map((bar) => [bar.operation, bar]));
  const words = (operation: number) => {
    const bar = barOf.get(operation);
    return bar ? `${callInWords(bar)} ${resultInWords(bar)}` : '';
  };
  return (
    <fieldset class="prefixes">
      <legend>
        {prefixes.length > 1 ? 'How far an order can explain it' : 'The longest order that explains a part'}
      </legend>
      {prefixes.map(({ order, state, stuck }, index) => (
        <label key={`${index}`} class={index === prefix ? 'chosen' : ''}>
          <input
            type="radio"
            name="prefix"
            checked={index === prefix}
            onClick={() => choose({ prefix: index, draws: 'order' })}
          />
          <span>
            <span class="order">
              {order.length > mostTold && `${order.length - mostTold} operations · `}
              {order.slice(-mostTold).map(words).join(' · ') || 'nothing'}
            </span>
            <span class="after">
              then the state is <code>{short(state, 80)}</code>
            </span>
            {stuck.slice(0, mostLegal).map(({ operation, legal }) => (
              <span key={operation} class="stuck">
                <button
                  type="button"
                  class="link"
                  onClick={() => jump(barOf.get(operation)?.to ?? barOf.get(operation)?.from ?? 0)}
                >
                  {words(operation)}
                </button>{' '}
                {legal.length === 0
                  ? 'cannot happen'
                  : `would have to answer ${legal
                      .slice(0, mostLegal)
                      .map((value) => short(value))
                      .join(' or ')}`}
              </span>
            ))}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
