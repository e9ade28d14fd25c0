import { afterAll } from "vitest";
import { closeAll } from "./test/support/at-end.ts";

afterAll(closeAll);
