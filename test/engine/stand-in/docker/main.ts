/** The executable behind the Docker provider on a real engine: `main.ts <directory of the world> [engine's arguments]`. */
import { serve } from "../../../../components/provider/server.ts";
import { readSdk } from "../sdk-types.ts";
import { openWorld } from "../world.ts";
import { docker } from "./provider.ts";

const [, , directory] = process.argv;
if (directory === undefined) throw new Error("Usage: main.ts <directory of the world>");
await serve(docker(readSdk("docker"), openWorld(directory)));
