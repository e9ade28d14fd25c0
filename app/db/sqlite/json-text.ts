/** What is lost when JSON is parsed, or cannot be: told by its text. */

/** Levels. Fewer than PostgreSQL's jsonb and JavaScript's stack have room for, whatever else is on them. */
const deepest = 1_000;
/** Characters of a number; a double is written with fewer. */
const longestNumber = 1_000;

/** In words; `undefined` when there is nothing. Whether it is JSON at all is not looked at. */
export function refuseJsonText(source: string): string | undefined {
  /** The names so far of each object that is open. An array has none. */
  const open: Set<string>[] = [];
  const token = /["{}[\]]|-?\d[\d.eE+-]*/g;
  for (let found = token.exec(source); found !== null; found = token.exec(source)) {
    const [written] = found;
    if (written === "{" || written === "[") open.push(new Set());
    else if (written === "}" || written === "]") open.pop();
    else if (written === '"') {
      token.lastIndex = endOfString(source, found.index);
      const string = source.slice(found.index, token.lastIndex);
      if (!isName(source, token.lastIndex)) continue;
      const name = string.includes("\\") ? unescaped(string) : string;
      if (open.at(-1)?.has(name)) return `has the name ${name} twice in one object`;
      open.at(-1)?.add(name);
    } else {
      const problem = refuseNumber(written);
      if (problem !== undefined) return problem;
    }
    if (open.length > deepest) return `is nested deeper than ${deepest} levels`;
  }
  return undefined;
}

/** Behind its quotation mark. */
function endOfString(source: string, start: number): number {
  for (let index = start + 1; index < source.length; index += 1) {
    if (source[index] === '"') return index + 1;
    if (source[index] === "\\") index += 1;
  }
  return source.length;
}

function isName(source: string, end: number): boolean {
  const colon = /\s*:/y;
  colon.lastIndex = end;
  return colon.test(source);
}

/** The same text for the same name. */
function unescaped(string: string): string {
  try {
    return JSON.stringify(JSON.parse(string));
  } catch {
    return string;
  }
}

function refuseNumber(written: string): string | undefined {
  const number = Number(written);
  // Whoever parses it says so.
  if (Number.isNaN(number)) return undefined;
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number)))
    return "holds a number that is too large to be exact";
  if (written.length <= longestNumber && decimal(written) === decimal(String(number))) return undefined;
  const shown = written.length > 60 ? `${written.slice(0, 60)}…` : written;
  return `holds the number ${shown}, which has more digits than are exact`;
}

/** The same text for the same number, all its digits included. */
function decimal(written: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(written);
  if (parts === null) return written;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits === "") return "0";
  return `${sign}${digits.replace(/0+$/, "")}e${digits.length - fraction.length + Number(exponent)}`;
}
