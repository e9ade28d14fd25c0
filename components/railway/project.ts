import type { Place } from "../../infra/contracts/managed.ts";
import { project } from "../provider/vendors/railway/project.ts";
import { resourceClass } from "../provider/vendor/program.ts";

const Project = resourceClass("railway", "Project", project);
type RailwayProject = InstanceType<typeof Project>;

/**
 * The one project of a stack at Railway, whatever the stack has there: only within a project services reach each other
 * privately (https://docs.railway.com/networking/private-networking). Its delete takes all that is in it along.
 */
export const railwayProject = ({
  accounts,
  label,
  ephemeral,
}: Pick<Place, "accounts" | "label" | "ephemeral">): RailwayProject =>
  accounts.once(
    "railway-project",
    () =>
      new Project(
        "railway-project",
        { name: label, workspace: accounts.requireIdAt("railway"), deletionProtection: !ephemeral },
        { provider: accounts.at("railway"), protect: !ephemeral, retainOnDelete: !ephemeral },
      ),
  );
