/** Copies as a runner does that can be killed: `copy-process.ts <options as JSON>`; says a line at each step. */
import { copyDatabase, type CopyOptions } from "../../../../infra/promotion/copy/copy.ts";

const options = JSON.parse(process.argv[2]!) as CopyOptions;
await copyDatabase({ ...options, report: ({ what, done, of }) => console.log(`${done} of ${of} ${what}`) });
