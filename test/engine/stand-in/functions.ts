/** What the functions of providers answer, those that programs of this repository call. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { awsFunctions } from "./clouds/aws.ts";
import { azureFunctions } from "./clouds/azure.ts";
import { doksFunctions } from "./clouds/doks.ts";
import type { Properties } from "../../../components/provider/contract.ts";

/** @param at the program's directory, in which the engine runs a plugin. */
type Answer = (args: Properties, at: string) => Properties;

export const functions: Readonly<Record<string, Answer>> = {
  ...awsFunctions,
  ...azureFunctions,
  ...doksFunctions,
  "vercel:index/getProjectDirectory:getProjectDirectory": ({ path }, at) => ({
    path,
    id: path,
    files: filesIn(String(path), at),
  }),
};

/**
 * Size and SHA-1 by path, as vercel/terraform-provider-vercel v5.4.1 tells them (vercel/data_source_project_directory.go);
 * without its list of names that are left out, which the page has none of.
 */
const filesIn = (directory: string, at: string): Record<string, string> => {
  const root = resolve(at, directory);
  return Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const content = readFileSync(path);
        const digest = createHash("sha1").update(content).digest("hex");
        return [join(directory, relative(root, path)), `${content.length}~${digest}`];
      }),
  );
};
