import { serve } from "./server.ts";
import { testfarm } from "./testfarm.ts";

await serve(testfarm);
