import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { articleOf, type Article } from "./goods.ts";

export interface Line {
  readonly article: Article;
  readonly quantity: number;
}

/** The basket is in the browser's own cookie: the server keeps nothing. */
export function readBasket(context: Context): Line[] {
  return (getCookie(context, "basket") ?? "").split(",").flatMap((entry) => {
    const [slug = "", quantity] = entry.split(":");
    const article = articleOf(slug);
    return article ? [{ article, quantity: Number(quantity) || 1 }] : [];
  });
}

export const writeBasket = (context: Context, lines: readonly Line[]) =>
  setCookie(
    context,
    "basket",
    lines.map(({ article, quantity }) => `${article.slug}:${quantity}`).join(","),
    cookie,
  );

/** The basket with so many more of an article; one that falls to none is gone. */
export function change(lines: readonly Line[], article: Article, by: number): Line[] {
  const old = lines.find((line) => line.article === article);
  const quantity = Math.min((old?.quantity ?? 0) + by, 99);
  const changed = { article, quantity };
  const all = old ? lines.map((line) => (line === old ? changed : line)) : [...lines, changed];
  return all.filter((line) => line.quantity > 0);
}

export const countOf = (lines: readonly Line[]) => lines.reduce((sum, { quantity }) => sum + quantity, 0);
export const totalOf = (lines: readonly Line[]) =>
  lines.reduce((sum, { article, quantity }) => sum + article.price * quantity, 0);

/** Orders of this browser so far: the next one's number. */
export const readOrders = (context: Context) => Number(getCookie(context, "orders")) || 0;
export const writeOrders = (context: Context, orders: number) =>
  setCookie(context, "orders", String(orders), cookie);

const cookie = { path: "/", httpOnly: true, sameSite: "Lax" } as const;
