import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Compared, compare, loadDump } from "../load.ts";
import { nameOf, withClient } from "../connection.ts";
import { dump } from "../dump.ts";
import { outOfReach } from "./moment.ts";
import { type Note, places } from "./prepare.ts";

/** How often it is looked whether the server is there. Milliseconds. */
const interval = 300;
/** How long a server may take until it says its first word. Milliseconds. */
const patience = 60_000;

/**
 * Copies a database out of the server that comes up in a directory of `prepareServer`, once it is as it was at its moment,
 * and compares what was copied.
 *
 * @param url an empty database of another server, as who is to own what is in it; the account is one of both servers.
 * @param database its name on the server that comes up.
 * @throws when that server does not get to its moment, or had no such database then.
 */
export async function copyRecovered(
  directory: string,
  database: string,
  { url, programs }: { readonly url: string; readonly programs?: string | undefined },
): Promise<Compared> {
  const note = await noteIn(directory);
  const { username } = new URL(url);
  const source = `postgres://${username}@${encodeURIComponent(directory)}/${encodeURIComponent(database)}`;
  await whenRecovered(directory, source, note);
  const { tables } = await withClient(source, (client) =>
    dump({ url: source, programs }, client, (made) => loadDump({ url, programs }, made)),
  );
  return compare(url, tables, `What was copied is not what ${nameOf(source)} was at ${note.at}`);
}

export const noteIn = async (directory: string): Promise<Note> =>
  JSON.parse(await readFile(join(directory, places.note), "utf8")) as Note;

async function whenRecovered(directory: string, url: string, { at, missing }: Note): Promise<void> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return void (await withClient(url, (client) => client.query("SELECT 1")));
    } catch (error) {
      const { code = "" } = error as { code?: string };
      if (code === "3D000")
        throw new Error(`There was no database ${nameOf(url)} at ${at}.`, { cause: error });
      // It is there, and does not let us in: the account is another one since.
      if (code.startsWith("28")) throw error;
    }
    const said = await readFile(join(directory, places.log), "utf8").catch(() => "");
    if (said === "" && Date.now() > end)
      throw new Error(`No server of PostgreSQL has come up in ${directory} within ${patience / 1_000} s.`);
    if (said.includes("recovery ended before configured recovery target was reached"))
      throw new Error(outOfReach({ missing }));
    if (said.includes("database system is shut down"))
      throw new Error(["The recovery has failed:", ...complaintsIn(said)].join("\n"));
    await setTimeout(interval);
  }
}

const complaintsIn = (said: string): string[] =>
  said
    .split("\n")
    .filter((line) => /\b(FATAL|PANIC|ERROR): /.test(line))
    .slice(-5);
