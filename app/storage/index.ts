import { diskStorage } from "./disk.ts";

/** Where pictures are kept. */
export const storages = { disk: diskStorage } as const;
