/** The executable behind every stand-in: `main.ts <package> <directory of the world> [engine's arguments]`. */
import { serve } from "../../../components/provider/server.ts";
import { standIn } from "./provider.ts";
import { readSdk } from "./sdk-types.ts";
import { openWorld } from "./world.ts";

const [name, directory] = process.argv.slice(2);
if (name === undefined || directory === undefined) {
  throw new Error(
    "Usage: main.ts <package> <directory of the world>; the engine's own arguments may follow.",
  );
}
await serve(standIn(readSdk(name), openWorld(directory)));
