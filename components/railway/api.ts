/** Where the API of a stack is at Railway: known before it is made, since a project has a name once. */
import { ports } from "../../infra/contracts/docker-host.ts";
import { privateHostOf } from "../provider/vendors/railway/networking.ts";

/** Of the service in its project. */
export const apiName = "api";

export const apiUrl = `http://${privateHostOf(apiName)}:${ports.role}`;
