/** Where lines about the progress go. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** One way through the rows of a database. */
export interface Stage {
  rows(count: number): void;
  pictures(count: number): void;
  /** Says what it has done, and how fast. */
  end(): void;
}

/** Milliseconds between two lines: on a terminal one replaces the other. */
const intervals = { terminal: 250, plain: 5_000 };

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/**
 * @param name `Written`.
 * @param total rows.
 * @param before rows that an earlier run has done.
 */
export function beginStage(screen: Screen, name: string, total: number, before = 0): Stage {
  const began = performance.now();
  const interval = screen.isTTY ? intervals.terminal : intervals.plain;
  let [rows, pictures, shown] = [0, 0, began];
  const line = (now: number) => {
    const seconds = Math.max((now - began) / 1_000, 0.001);
    const left = ((total - before - rows) * seconds) / Math.max(rows, 1);
    const done = before + rows;
    const share = total === 0 ? 100 : Math.floor((100 * done) / total);
    return [
      `${name}: ${number.format(done)} of ${number.format(total)} rows (${share} %), ${number.format(rows / seconds)} rows/s`,
      ...(pictures > 0
        ? [`${number.format(pictures)} screenshots, ${number.format(pictures / seconds)}/s`]
        : []),
      done < total ? `${number.format(left)} s left` : `${seconds.toFixed(1)} s`,
    ].join("; ");
  };
  const show = (now: number, end: string) => {
    shown = now;
    screen.write(screen.isTTY ? `\r\u001b[2K${line(now)}${end}` : `${line(now)}\n`);
  };
  const maybe = () => {
    const now = performance.now();
    if (now - shown >= interval) show(now, "");
  };
  return {
    rows(count) {
      rows += count;
      maybe();
    },
    pictures(count) {
      pictures += count;
      maybe();
    },
    end: () => show(performance.now(), "\n"),
  };
}
