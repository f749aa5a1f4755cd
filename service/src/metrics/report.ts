import type { Logger } from "pino";

import type { Gauges } from "./gauges.ts";
import { takeLines } from "./metrics.ts";
import type { Traffic } from "./traffic.ts";

const MINUTE_MILLISECONDS = 60_000;
/** Twelve samples in a line; whatever lasts as long as a client waits for the database is seen. */
const SAMPLE_MILLISECONDS = 5_000;

export interface ReportOptions {
  readonly namespace: string;
  readonly traffic: Traffic;
  readonly gauges: Gauges;
  readonly log: Logger;
}

/** Writes what each minute held when it is over, and what is left when it is stopped. */
export class Report {
  readonly #options: ReportOptions;
  readonly #lines: Logger;
  readonly #sampling: NodeJS.Timeout;
  #writing: NodeJS.Timeout | undefined;
  #minute = minuteOf(Date.now());

  constructor(options: ReportOptions) {
    this.#options = options;
    // The level of the log is for people; alarms rest on these lines.
    this.#lines = options.log.child({}, { level: "info" });
    this.#sampling = setInterval(() => options.gauges.sample(), SAMPLE_MILLISECONDS).unref();
    this.#writeAtEndOfMinute();
  }

  stop(): void {
    if (this.#writing !== undefined) {
      clearInterval(this.#sampling);
      clearTimeout(this.#writing);
      this.#writing = undefined;
      this.#write();
      this.#options.gauges.close();
    }
  }

  #writeAtEndOfMinute(): void {
    const end = this.#minute + MINUTE_MILLISECONDS;
    this.#writing = setTimeout(() => {
      this.#write();
      // A timer may fire a moment before its time, or long after.
      this.#minute = Math.max(end, minuteOf(Date.now()));
      this.#writeAtEndOfMinute();
    }, end - Date.now()).unref();
  }

  #write(): void {
    const { namespace, traffic, gauges } = this.#options;
    takeLines(namespace, this.#minute, traffic, gauges).forEach((line) => this.#lines.info(line, "metrics"));
  }
}

/** Its beginning, which is what CloudWatch files a minute's data under. */
function minuteOf(time: number): number {
  return time - time % MINUTE_MILLISECONDS;
}
