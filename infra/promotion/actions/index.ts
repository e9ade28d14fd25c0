import type { ActionName } from "../plan/names.ts";
import type { Action } from "./contract.ts";
import { following } from "./following.ts";
import { gates } from "./gates.ts";
import { moving } from "./moving.ts";
import { preparing } from "./preparing.ts";
import { serving } from "./serving.ts";

export { holds } from "./gates.ts";
export { guards } from "./serving.ts";

/** What a plan's states name. */
export const actions: Readonly<Record<ActionName, Action>> = {
  ...preparing,
  ...following,
  ...gates,
  ...moving,
  ...serving,
};
