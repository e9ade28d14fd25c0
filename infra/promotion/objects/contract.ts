/** Screenshots of an installation, wherever they lie: a bucket, a directory, the volume of a server. */
export interface ObjectStore extends Listing {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, body: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  /** SHA-256 of what is in it, in hexadecimal digits; computed where it lies. */
  hash(key: string): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface Listing {
  /** Every object whose key begins with `prefix`. Default: all. By the bytes of keys in UTF-8, as S3 lists them. */
  list(prefix?: string): AsyncIterable<StoredObject>;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}
