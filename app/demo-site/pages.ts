import { html } from "hono/html";
import { euro, goods, type Article } from "./goods.ts";

/** What the catalogue's pages show in their frame. */
export interface Page {
  readonly title: string;
  readonly main: ReturnType<typeof html>;
}

const list = (articles: readonly Article[]) =>
  html`<ul class="goods">
    ${articles.map(
      ({ slug, name, price }) =>
        html`<li>
          <a href="/products/${slug}">
            <img src="/images/${slug}.svg" alt="" width="400" height="340" />
            <span class="text"><span class="name">${name}</span> <span>${euro(price)}</span></span>
          </a>
        </li>`,
    )}
  </ul>`;

export const catalogue = (): Page => ({
  title: "Shop",
  main: html`<h1>Stoneware for every day</h1>
    <p class="lead">
      Thrown by hand, glazed in six colours, fired twice. Made to be used, not to be kept in a cupboard.
    </p>
    ${list(goods)}`,
});

export function search(words: string): Page {
  const found = goods.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(words.trim().toLowerCase()),
  );
  return {
    title: "Search",
    main: html`<h1>Search results for “${words}”</h1>
      <p class="lead">${found.length === 1 ? "1 article" : `${found.length} articles`}</p>
      ${list(found)}`,
  };
}

export const product = ({ slug, name, price, description }: Article, planted: boolean): Page => ({
  title: name,
  main: html`<div class="product">
      <img src="/images/${slug}.svg" alt="${name}" width="400" height="340" />
      <div>
        <h1>${name}</h1>
        <p>${description}</p>
        <p class="price">${euro(price)}</p>
        <p class="tax-note ${planted ? "pale" : ""}">Tax included, delivery free from €50.00</p>
        <form method="post" action="/cart">
          <input type="hidden" name="slug" value="${slug}" />
          <button>Add to basket</button>
        </form>
      </div>
    </div>
    <h2>Reviews</h2>
    <p id="reviews">No reviews yet.</p>
    <script>
      fetch("/api/reviews/${slug}")
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((reviews) => {
          if (reviews.length > 0) document.getElementById("reviews").textContent = reviews.join(" · ");
        });
    </script>`,
});

/** Pages that say something and sell nothing, by their path. */
export const leaflets: Readonly<Record<string, (planted: boolean) => Page>> = {
  "/about": (planted) => ({
    title: "About",
    main: html`<h1>About the workshop</h1>
      <p class="lead">One room, two wheels, one kiln. We fire on Thursdays and open the kiln on Saturdays.</p>
      <img
        class="wide"
        src="/images/workshop.svg"
        ${planted ? "" : html`alt="Pots on a shelf by a window"`}
      />
      <p>Come and see how a bowl is made: <a href="/workshop">visit the workshop</a>.</p>`,
  }),
  "/workshop": () => ({
    title: "Visit the workshop",
    main: html`<h1>Visit the workshop</h1>
      <p class="lead">Every Saturday from ten to four. Bring clothes that may get dirty.</p>`,
  }),
  "/sizes": (planted) => ({
    title: "Sizes",
    main: html`<h1>Sizes</h1>
      <p class="lead">All measures are outer measures; a hand-made piece may differ by 3 %.</p>
      <div
        class="${planted ? "" : "scrolls"}"
        ${planted ? "" : html`tabindex="0" role="region" aria-label="Table of sizes"`}
      >
        <table class="sizes">
          <thead>
            <tr>
              <th>Article</th>
              <th>Across</th>
              <th>High</th>
              <th>Holds</th>
              <th>Weighs</th>
              <th>Oven</th>
              <th>Dishwasher</th>
            </tr>
          </thead>
          <tbody>
            ${goods.map(
              ({ name }, index) =>
                html`<tr>
                  <th>${name}</th>
                  <td>${8 + index * 3} cm</td>
                  <td>${12 - index} cm</td>
                  <td>${300 + index * 50} ml</td>
                  <td>${320 + index * 40} g</td>
                  <td>up to 220 °C</td>
                  <td>yes</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`,
  }),
  "/help": (planted) => ({
    title: "Help",
    main: html`<h1>Help</h1>
      <h2>When does my order arrive?</h2>
      <p>Standard delivery takes three to five days, express delivery one.</p>
      <h2>Can I send something back?</h2>
      <p>Within thirty days: <a href="${planted ? "/returns" : "/about"}">start a return</a>.</p>
      ${
        planted
          ? html`<script>
              console.error("Chat: no address to connect to");
            </script>`
          : ""
      }`,
  }),
};
