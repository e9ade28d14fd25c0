import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";

/** Of what holds data, and of what that cannot be without: AWS refuses to delete a network in which something is. */
export const kept = ({ ephemeral }: Pick<CloudPlace, "ephemeral">) => ({
  protect: !ephemeral,
  retainOnDelete: !ephemeral,
});
