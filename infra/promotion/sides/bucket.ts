import { z } from "zod";
import { machine, variables } from "../../../app/env/variables.ts";

/** What an installation says of its bucket. */
export const bucketVariables = z.object({
  S3_BUCKET: variables.S3_BUCKET,
  S3_REGION: variables.S3_REGION,
  S3_ENDPOINT: variables.S3_ENDPOINT,
  S3_FORCE_PATH_STYLE: variables.S3_FORCE_PATH_STYLE,
  AWS_ACCESS_KEY_ID: variables.AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY: variables.AWS_SECRET_ACCESS_KEY,
  AWS_SESSION_TOKEN: machine.AWS_SESSION_TOKEN,
});
