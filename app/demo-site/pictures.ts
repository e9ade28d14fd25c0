import { goods, type Article } from "./goods.ts";

const shapes: Readonly<Record<Article["shape"], (colour: string) => string>> = {
  mug: (colour) => `
    <path d="M262 150 h30 a38 38 0 0 1 0 92 h-30" fill="none" stroke="${colour}" stroke-width="18"/>
    <path d="M118 110 h150 v128 a40 40 0 0 1 -40 40 h-70 a40 40 0 0 1 -40 -40 z" fill="${colour}"/>
    <ellipse cx="193" cy="110" rx="75" ry="16" fill="${colour}"/><ellipse cx="193" cy="110" rx="66" ry="11" fill="#00000055"/>`,
  pot: (colour) => `
    <path d="M285 170 q60 -10 70 -70" fill="none" stroke="${colour}" stroke-width="22" stroke-linecap="round"/>
    <path d="M112 150 q-60 0 -52 56 q6 40 62 40" fill="none" stroke="${colour}" stroke-width="16"/>
    <path d="M110 190 a90 90 0 0 1 180 0 q0 90 -90 90 t-90 -90" fill="${colour}"/>
    <ellipse cx="200" cy="112" rx="48" ry="12" fill="#00000030"/><circle cx="200" cy="92" r="13" fill="${colour}"/>`,
  bowl: (colour) => `
    <path d="M90 140 h220 q0 120 -110 120 t-110 -120" fill="${colour}"/>
    <rect x="165" y="255" width="70" height="20" rx="6" fill="${colour}"/>
    <ellipse cx="200" cy="140" rx="110" ry="22" fill="${colour}"/><ellipse cx="200" cy="140" rx="99" ry="16" fill="#00000055"/>`,
  plate: (colour) => `
    <circle cx="200" cy="190" r="110" fill="${colour}"/><circle cx="200" cy="190" r="72" fill="#ffffff40"/>
    <circle cx="200" cy="190" r="70" fill="${colour}"/>`,
};

const drawing = (content: string) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 340">
  <rect width="400" height="340" fill="#f3eee6"/><ellipse cx="200" cy="292" rx="130" ry="14" fill="#00000014"/>
  ${content}
</svg>`;

/** A row of pots on a shelf by a window. */
const workshop = drawing(`
  <rect x="40" y="30" width="120" height="110" fill="#dfe9ee" stroke="#b7a68f" stroke-width="8"/>
  <path d="M100 30 v110 M40 85 h120" stroke="#b7a68f" stroke-width="5"/>
  <rect x="30" y="236" width="340" height="14" fill="#8a6a4a"/>
  ${["#3b6ea5", "#5d7f5a", "#c0694a", "#d0a13f"]
    .map(
      (colour, index) => `<rect x="${60 + index * 76}" y="${186 - (index % 2) * 20}" width="54"
      height="${50 + (index % 2) * 20}" rx="12" fill="${colour}"/>`,
    )
    .join("")}`);

/** SVG by the name in `/images/<name>.svg`. */
export const pictures: ReadonlyMap<string, string> = new Map([
  ...goods.map(({ slug, shape, colour }) => [slug, drawing(shapes[shape](colour))] as const),
  ["workshop", workshop],
]);
