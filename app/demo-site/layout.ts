import { html } from "hono/html";

type Html = ReturnType<typeof html>;

export interface Content {
  readonly title: string;
  readonly main: Html;
  /** Whether this shop has its defects. */
  readonly planted: boolean;
  /** Articles in the basket. */
  readonly count: number;
}

/** The frame of every page. */
export const layout = ({ title, main, planted, count }: Content): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Kiln and Kettle</title>
        <link rel="stylesheet" href="/shop.css" />
        <link rel="icon" href="/images/teapot.svg" />
      </head>
      <body>
        <header>
          <a class="brand" href="/">Kiln and Kettle</a>
          <nav aria-label="Main">
            <a href="/">Shop</a>
            <a href="/about">About</a>
            <a href="/sizes">Sizes</a>
            <a href="/help">Help</a>
            <a href="/cart">Basket (${count})</a>
          </nav>
          <form action="/search" role="search">
            <input type="search" name="q" ${planted ? "" : html`aria-label="Search the shop"`} />
            <button class="quiet">Search</button>
          </form>
        </header>
        <main>${main}</main>
        <footer>A demonstration shop: nothing is sold, nothing is stored.</footer>
      </body>
    </html>`;
