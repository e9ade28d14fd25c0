import type { FindingKind } from "../contract.ts";

/** A defect that the shop has on purpose. */
export interface PlantedDefect {
  /** Page that has it. */
  readonly path: string;
  readonly kind: FindingKind;
  readonly what: string;
  /** Part of the evidence by which a finding is told to be this one. */
  readonly evidence: string;
}

/** All of them. `shop({ mended: true })` is the same shop without. */
export const plantedDefects: readonly PlantedDefect[] = [
  {
    path: "/",
    kind: "missing-label",
    what: "the search field in the header has neither label nor placeholder",
    evidence: 'name="q"',
  },
  {
    path: "/products/blue-mug",
    kind: "accessibility",
    what: "the note under a price is pale grey on white",
    evidence: "tax-note",
  },
  {
    path: "/products/blue-mug",
    kind: "failed-request",
    what: "the reviews of a product are asked for and answered with status 500",
    evidence: "/api/reviews/",
  },
  {
    path: "/cart",
    kind: "accessibility",
    what: "the button that adds one more of an article has only a drawn plus, no name",
    evidence: 'class="more"',
  },
  {
    path: "/cart",
    kind: "console-error",
    what: "a script reaches for a voucher field that is not there and throws",
    evidence: "TypeError",
  },
  {
    path: "/help",
    kind: "console-error",
    what: "the page logs that its chat has no address to connect to",
    evidence: "Chat: no address",
  },
  {
    path: "/help",
    kind: "dead-link",
    what: "the link to the returns form leads to a page that does not exist",
    evidence: "/returns",
  },
  {
    path: "/sizes",
    kind: "horizontal-overflow",
    what: "the table of sizes is 820 px wide and does not scroll within itself",
    evidence: "sizes",
  },
  {
    path: "/about",
    kind: "accessibility",
    what: "the picture of the workshop has no text alternative",
    evidence: "/images/workshop.svg",
  },
  {
    path: "/workshop",
    kind: "slow-response",
    what: "the page takes 2.4 s to answer",
    evidence: "/workshop",
  },
];

/** How long the slow page takes, in milliseconds. */
export const slowPageMilliseconds = 2_400;
