import { S3Client } from "@aws-sdk/client-s3";
import type { Bucket } from "./storage/contract.ts";

/**
 * A client for a bucket at AWS or any store that speaks S3.
 *
 * @param requestTimeout how long a request may take. Milliseconds.
 */
export const s3Client = (
  { region, endpoint, forcePathStyle, credentials }: Bucket,
  requestTimeout: number,
): S3Client =>
  new S3Client({
    // Stores other than AWS take any; AWS itself has no `endpoint` and needs its own.
    region: region ?? "us-east-1",
    ...(endpoint !== undefined && { endpoint }),
    ...(forcePathStyle !== undefined && { forcePathStyle }),
    // Without them the SDK looks where AWS puts them: the machine's role, a profile, a service account.
    ...(credentials && { credentials }),
    // Else the SDK adds checksums that R2 and SeaweedFS turn away:
    // https://github.com/cloudflare/cloudflare-docs/pull/19236
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 5_000, requestTimeout, throwOnRequestTimeout: true },
  });
