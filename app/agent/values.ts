import type { Element } from "./snapshot.ts";

/**
 * What a tester would write into a field, by words of its label. The addresses are reserved for examples (RFC 2606), the
 * telephone number for fiction, the card number is the payment providers' test card.
 */
const values: readonly (readonly [label: RegExp, value: string])[] = [
  [/e-?mail/i, "alex.tester@example.com"],
  [/phone|mobile|\btel/i, "+1 202 555 0143"],
  [/post ?code|postal|\bzip\b/i, "28013"],
  [/card number/i, "4242 4242 4242 4242"],
  [/expir/i, "12/34"],
  [/\bcv[cv]\b|security code/i, "123"],
  [/password/i, "Tea-and-biscuits-4"],
  [/city|town/i, "Madrid"],
  [/street|address/i, "Calle Mayor 1"],
  [/country/i, "Spain"],
  [/first name|given name/i, "Alex"],
  [/last name|surname|family name/i, "Tester"],
  [/user ?name|login/i, "alex.tester"],
  [/company|organi[sz]ation/i, "Example Ltd"],
  [/\bname\b/i, "Alex Tester"],
  [/birth|\bdate\b/i, "1990-05-17"],
  [/website|\burl\b/i, "https://example.com"],
  [/message|comment|question|feedback|note|subject/i, "A question: is this available next week?"],
  [/quantity|amount|how many|\bage\b/i, "1"],
];

/** Fields that are better left empty: a made-up code is always wrong. */
const leaveEmpty = /voucher|coupon|promo|discount|gift ?card|referral/i;

/** @param searchWords what to look for in a search field. */
export function valueFor({ role, name }: Element, searchWords: string): string | undefined {
  if (leaveEmpty.test(name)) return undefined;
  if (role === "searchbox" || /\bsearch\b/i.test(name)) return searchWords;
  const known = values.find(([label]) => label.test(name))?.[1];
  return known ?? (role === "spinbutton" ? "1" : "Test");
}
