/** What the shop sells. */
export interface Article {
  readonly slug: string;
  readonly name: string;
  /** In euro cents. */
  readonly price: number;
  readonly description: string;
  readonly shape: "mug" | "pot" | "bowl" | "plate";
  readonly colour: string;
}

export const goods: readonly Article[] = [
  {
    slug: "blue-mug",
    name: "Blue mug",
    price: 1_800,
    description:
      "Stoneware with a cobalt glaze, 0.3 litres. Thick enough to keep tea warm, light enough for every day.",
    shape: "mug",
    colour: "#3b6ea5",
  },
  {
    slug: "speckled-mug",
    name: "Speckled mug",
    price: 1_950,
    description: "White glaze over dark clay, so that no two are alike. 0.35 litres.",
    shape: "mug",
    colour: "#b9a58c",
  },
  {
    slug: "teapot",
    name: "Green teapot",
    price: 5_400,
    description: "Holds four cups and pours without a drop beside them. Comes with a strainer.",
    shape: "pot",
    colour: "#5d7f5a",
  },
  {
    slug: "soup-bowl",
    name: "Soup bowl",
    price: 2_200,
    description: "Deep and wide, for soups that want room. Fit for oven and dishwasher.",
    shape: "bowl",
    colour: "#c0694a",
  },
  {
    slug: "rice-bowl",
    name: "Rice bowl",
    price: 1_600,
    description: "Small and steep, made to be held in one hand.",
    shape: "bowl",
    colour: "#4c4a63",
  },
  {
    slug: "dinner-plate",
    name: "Dinner plate",
    price: 2_600,
    description: "27 cm across, with a rim that keeps the sauce where it belongs.",
    shape: "plate",
    colour: "#d0a13f",
  },
];

export const articleOf = (slug: string): Article | undefined =>
  goods.find((article) => article.slug === slug);

export const euro = (cents: number): string => `€${(cents / 100).toFixed(2)}`;
