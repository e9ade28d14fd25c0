/** A picture of one step. */
export interface PicturePosition {
  readonly orgId: string;
  readonly sessionId: string;
  readonly attempt: number;
  readonly step: number;
}

/** Keys are paths of plain names: `org/<id>/session/<id>/1/3.webp`. */
export interface Storage {
  put(key: string, body: Uint8Array): Promise<void>;
  /** The object, or `undefined` when there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /**
   * Every object whose key starts with `prefix`, which ends in `/`. Default: all. By the bytes of keys, as they come: S3
   * lists them so (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html), a directory bucket of AWS does not.
   */
  list(prefix?: string): AsyncIterable<StoredObject>;
  /** Removes one object. Nothing there is no error. */
  remove(key: string): Promise<void>;
  /** Removes every object whose key starts with `prefix`, which ends in `/`. Nothing there is no error. */
  removeAll(prefix: string): Promise<void>;
  /**
   * An address that serves the object, if there is one, to whoever has it, for 5 minutes; `undefined` where the storage
   * serves nobody but the application.
   */
  presign(key: string): Promise<string | undefined>;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A bucket, and how to get at it. */
export interface Bucket {
  readonly name: string;
  /** Default `us-east-1`. */
  readonly region?: string | undefined;
  /** Address of a store other than AWS. */
  readonly endpoint?: string | undefined;
  /** `true` for stores that take the bucket in the path. */
  readonly forcePathStyle?: boolean | undefined;
  /** Default: what the SDK finds on the machine. */
  readonly credentials?: Credentials | undefined;
}

/** Whether its address is one of a cluster's own, which nobody reaches from outside. */
export const isInside = ({ endpoint }: Bucket): boolean =>
  endpoint !== undefined && /\.svc(\.cluster\.local)?$/.test(new URL(endpoint).hostname);

const formats = [
  {
    extension: "webp",
    type: "image/webp",
    isFormat: (image: Buffer) => image.toString("latin1", 8, 12) === "WEBP",
  },
  {
    extension: "png",
    type: "image/png",
    isFormat: (image: Buffer) => image.toString("latin1", 1, 4) === "PNG",
  },
] as const;

/** All that people's sessions leave begins with it; what stands beside it in a bucket is not theirs. */
export const picturePrefix = "org/";

export const sessionPrefix = ({ orgId, sessionId }: Pick<PicturePosition, "orgId" | "sessionId">) =>
  `${picturePrefix}${orgId}/session/${sessionId}/`;

/** @throws when the image is neither WebP nor PNG. */
export function pictureKey(position: PicturePosition, image: Buffer): string {
  const format = formats.find(({ isFormat }) => isFormat(image));
  if (!format) throw new Error("A screenshot must be WebP or PNG; this one begins with neither's signature.");
  return `${sessionPrefix(position)}${position.attempt}/${position.step}.${format.extension}`;
}

/** Media type of the picture under a key. */
export const pictureType = (key: string) =>
  formats.find(({ extension }) => key.endsWith(`.${extension}`))?.type ?? "application/octet-stream";

/** Whether something may be a name in a key. */
export const isName = (name: string): boolean => /^[\w-][\w.-]*$/.test(name);

/** @throws when a key or prefix is not a path of plain names, and so could lead out of the storage. */
export function checkKey(key: string): void {
  if (key.split("/").every(isName)) return;
  throw new Error(
    `${JSON.stringify(key)} is no storage key: names of letters, digits, "-", "_" and "." between single "/".`,
  );
}

/** @throws when it is not a key that ends in `/`, and so could take in more than was meant. */
export function checkPrefix(prefix: string): void {
  if (!prefix.endsWith("/")) throw new Error(`The prefix ${JSON.stringify(prefix)} must end in "/".`);
  checkKey(prefix.slice(0, -1));
}
