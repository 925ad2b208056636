/** One live line on stderr, where that is a terminal; elsewhere nothing, so that logs stay readable. */
import type { Progress } from '../runner/check.ts';

export class ProgressLine {
  private readonly subject: string;
  private readonly live = process.stderr.isTTY === true;

  constructor(subject: string) {
    this.subject = subject;
  }

  show({ runs, steps, elapsedMs, faults, shrinking }: Progress): void {
    if (!this.live) return;
    const rate = Math.round((steps / Math.max(1, elapsedMs)) * 1000);
    const taken = Object.values(faults).filter((count) => (count ?? 0) > 0).length;
    const text = `${this.subject}: ${runs.toLocaleString('en')} schedules, ${rate.toLocaleString('en')} steps/s, ${taken} of ${Object.keys(faults).length} faults seen${shrinking ? ', shrinking …' : ''}`;
    process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 100) - 1)}`);
  }

  clear(): void {
    if (this.live) process.stderr.write('\r\u001b[K');
  }
}
