import { readFileSync } from "node:fs";
import { pinned, readLock } from "../images/lock.ts";
import { basesOf } from "../images/third-party.ts";

// For `docker build`: the bases of the Dockerfile by the digests of images.lock.json, a line each, `NODE_IMAGE=node:...@sha256:...`.
const lock = readLock();
const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");
for (const [argument, image] of Object.entries(basesOf(dockerfile)))
  console.log(`${argument}=${pinned(image, lock)}`);
