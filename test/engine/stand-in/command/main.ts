/** The executable behind the command provider that runs its commands: `main.ts <directory of the world> [engine's arguments]`. */
import { serve } from "../../../../components/provider/server.ts";
import { withEffects } from "../effects.ts";
import { standIn } from "../provider.ts";
import { readSdk } from "../sdk-types.ts";
import { openWorld } from "../world.ts";
import { localCommand } from "./local.ts";

const [, , directory] = process.argv;
if (directory === undefined) throw new Error("Usage: main.ts <directory of the world>");
const provider = standIn(readSdk("command"), openWorld(directory));
await serve(withEffects(provider, { "command:local:Command": localCommand }));
