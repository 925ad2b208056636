/** Colour where stdout is a terminal that wants it (NO_COLOR and FORCE_COLOR are honoured); plain text elsewhere. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const wanted = (): boolean => {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  return FORCE_COLOR !== undefined && FORCE_COLOR !== '0' ? true : process.stdout.isTTY === true;
};

export const paint = (style: Style, text: string): string => (wanted() ? styleText(style, text) : text);
