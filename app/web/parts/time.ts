const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const pad = (value: number) => String(value).padStart(2, "0");

/** `0:07`, `12:30`, `1:02:03`. */
export function clock(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / second));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** `45 s`, `2 min 5 s`, `1 h 4 min`: the two largest units. */
export function duration(milliseconds: number): string {
  const total = Math.max(0, Math.round(milliseconds / second));
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min${total % 60 ? ` ${total % 60} s` : ""}`;
  const minutes = Math.floor(total / 60) % 60;
  return `${Math.floor(total / 3600)} h${minutes ? ` ${minutes} min` : ""}`;
}

/** `340 ms`, `2.1 s`. */
export function span(milliseconds: number): string {
  return milliseconds < second ? `${Math.round(milliseconds)} ms` : `${(milliseconds / second).toFixed(1)} s`;
}

/** Milliseconds from one time to another, or to `now` where it has not come yet. */
export function between(start: string, end: string | null, now: number): number {
  return (end === null ? now : Date.parse(end)) - Date.parse(start);
}

/** `just now`, `4 minutes ago`, `yesterday`, and the date after a week. */
export function ago(iso: string, now: number): string {
  const past = now - Date.parse(iso);
  if (past < minute) return "just now";
  if (past >= 7 * day) return new Date(iso).toLocaleDateString("en", { dateStyle: "medium" });
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (past < hour) return relative.format(-Math.floor(past / minute), "minute");
  if (past < day) return relative.format(-Math.floor(past / hour), "hour");
  return relative.format(-Math.floor(past / day), "day");
}

/** Date and time in the reader's own time zone. */
export function exact(iso: string): string {
  return new Date(iso).toLocaleString("en", { dateStyle: "medium", timeStyle: "medium" });
}
