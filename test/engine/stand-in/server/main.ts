/**
 * The executable behind DigitalOcean with servers that run:
 * `main.ts <directory of the world> <Docker network> [engine's arguments]`.
 */
import { serve } from "../../../../components/provider/server.ts";
import { docker } from "../../../support/docker/engine.ts";
import { withEffects } from "../effects.ts";
import { standIn } from "../provider.ts";
import { readSdk } from "../sdk-types.ts";
import { openWorld } from "../world.ts";
import { digitalocean } from "./digitalocean.ts";
import { openMachines } from "./machines.ts";

const [, , directory, network] = process.argv;
if (directory === undefined || network === undefined)
  throw new Error("Usage: main.ts <directory of the world> <Docker network>");
const engine = await docker.find();
if (engine === undefined) throw new Error(`There is no ${docker.name} for a server. ${docker.needs}`);
const provider = standIn(readSdk("digitalocean"), openWorld(directory));
await serve(withEffects(provider, digitalocean(openMachines(engine, network, directory))));
