import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";

/** Of what holds data, and of what that cannot be without. */
export const kept = ({ ephemeral }: CloudPlace) => ({ protect: !ephemeral, retainOnDelete: !ephemeral });
