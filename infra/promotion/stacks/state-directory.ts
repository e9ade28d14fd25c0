import { homedir } from "node:os";
import { join } from "node:path";

/** Where this machine notes what it runs. https://specifications.freedesktop.org/basedir-spec/latest/ */
export const stateDirectory = (): string =>
  join(process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "testfarm", "promotion");
