/** How a search gets on: one live line on stderr, where that is a terminal; elsewhere nothing. */
import type { SearchProgress } from '../explore/search-result.ts';

export class SearchLine {
  private readonly subject: string;
  private readonly live = process.stderr.isTTY === true;

  constructor(subject: string) {
    this.subject = subject;
  }

  show({
    states,
    transitions,
    frontier,
    depth,
    elapsedMs,
    memory,
    remaining,
    workers,
  }: SearchProgress): void {
    if (!this.live) return;
    const shown = (value: number) => Math.round(value).toLocaleString('en');
    const rate = (states / Math.max(1, elapsedMs)) * 1000;
    const left =
      remaining === undefined ? 'still growing' : `about ${shown(remaining / Math.max(1, rate))} s to go`;
    const text = [
      `${this.subject}: ${shown(states)} states (${shown(rate)}/s)`,
      `${shown(transitions)} transitions`,
      `depth ${depth}`,
      `frontier ${shown(frontier)}, ${left}`,
      `${shown(memory / 2 ** 20)} MB`,
      ...(workers > 1 ? [`${workers} workers`] : []),
    ].join(', ');
    process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 100) - 1)}`);
  }

  clear(): void {
    if (this.live) process.stderr.write('\r\u001b[K');
  }
}
