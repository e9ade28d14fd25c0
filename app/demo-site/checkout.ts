import { html } from "hono/html";
import { z } from "zod";
import { totalOf, type Line } from "./basket.ts";
import { euro } from "./goods.ts";
import type { Page } from "./pages.ts";

export const addressSchema = z.object({
  name: z.string().trim().min(2, "Please enter your name."),
  email: z.email("Please enter an e-mail address."),
  street: z.string().trim().min(3, "Please enter your street and number."),
  city: z.string().trim().min(2, "Please enter your city."),
  postcode: z.string().regex(/^\d{4,6}$/, "Please enter a postcode of four to six digits."),
  delivery: z.enum(["standard", "express"], "Please choose a delivery."),
  terms: z.literal("yes", "Please accept the terms."),
});

const plus = html`<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
  <path d="M7 1v12M1 7h12" stroke="currentColor" stroke-width="2" />
</svg>`;

export const cart = (lines: readonly Line[], planted: boolean): Page => ({
  title: "Basket",
  main: html`<h1>Your basket</h1>
    ${
      lines.length === 0
        ? html`<p class="lead">It is empty. <a href="/">Look around the shop</a>.</p>`
        : html`${lines.map((line) => basketLine(line, planted))}
            <p class="price">Total ${euro(totalOf(lines))}</p>
            <p><a class="button" href="/checkout">Go to checkout</a></p>
            ${
              planted
                ? html`<script>
                    document.querySelector("#voucher").hidden = true;
                  </script>`
                : ""
            }`
    }`,
});

const basketLine = ({ article, quantity }: Line, planted: boolean) =>
  html`<div class="line">
    <span class="name">${article.name}</span>
    <span>${quantity} × ${euro(article.price)}</span>
    <form method="post" action="/cart">
      <input type="hidden" name="slug" value="${article.slug}" />
      <button class="more" ${planted ? "" : html`aria-label="One more ${article.name}"`}>${plus}</button>
    </form>
    <form method="post" action="/cart/remove">
      <input type="hidden" name="slug" value="${article.slug}" />
      <button class="quiet">Remove ${article.name}</button>
    </form>
  </div>`;

type Entered = Readonly<Record<string, unknown>>;

const field = (entered: Entered, name: string, label: string, type: string, autocomplete: string) =>
  html`<label
    >${label}
    <input
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      value="${String(entered[name] ?? "")}"
      required
    />
  </label>`;

export const checkout = (lines: readonly Line[], entered: Entered, problems: readonly string[]): Page => ({
  title: "Checkout",
  main: html`<h1>Checkout</h1>
    <p class="lead">Your order comes to ${euro(totalOf(lines))}.</p>
    ${problems.length > 0 ? html`<p class="problem" role="alert">${problems.join(" ")}</p>` : ""}
    <form class="checkout" method="post" action="/checkout">
      ${field(entered, "name", "Full name", "text", "name")}
      ${field(entered, "email", "E-mail", "email", "email")}
      ${field(entered, "street", "Street and number", "text", "street-address")}
      ${field(entered, "city", "City", "text", "address-level2")}
      ${field(entered, "postcode", "Postcode", "text", "postal-code")}
      <label
        >Delivery
        <select name="delivery" required>
          <option value="">Please choose</option>
          <option value="standard">Standard, three to five days</option>
          <option value="express">Express, one day</option>
        </select>
      </label>
      <label class="tick"
        ><input type="checkbox" name="terms" value="yes" required /> I accept the terms</label
      >
      <button>Place order</button>
    </form>`,
});

export const confirmation = (order: number): Page => ({
  title: "Order placed",
  main: html`<div class="done">
    <h1>Thank you for your order</h1>
    <p>Your order number is <strong>KK-${1_000 + order}</strong>. It leaves our workshop tomorrow.</p>
    <p><a href="/">Back to the shop</a></p>
  </div>`,
});
