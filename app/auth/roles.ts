import { createAccessControl } from "better-auth/plugins/access";
import { adminAc, defaultStatements, memberAc, ownerAc } from "better-auth/plugins/organization/access";

const apiKey = ["create", "read", "update", "delete"] as const;

export const access = createAccessControl({ ...defaultStatements, apiKey });

/** Owners and admins make keys for programs, members see that they are there. */
export const roles = {
  owner: access.newRole({ ...ownerAc.statements, apiKey: [...apiKey] }),
  admin: access.newRole({ ...adminAc.statements, apiKey: [...apiKey] }),
  member: access.newRole({ ...memberAc.statements, apiKey: ["read"] }),
};
