/** Backups as files of age (https://age-encryption.org/v1), which the program `age -d` opens too. */
import { Decrypter, Encrypter } from "age-encryption";

type Bytes = AsyncIterable<Uint8Array>;

/**
 * log2 of scrypt's work, whose memory is 1 KiB times it: 1 MB, where the default takes 256 MB. The work makes a guess
 * at a passphrase dear; a generated one has 40 random characters and is out of reach of any number of guesses.
 */
const scryptWork = 10;

/** Encrypts while it is read, in pieces of 64 KiB. */
export async function encrypted(plain: Bytes, passphrase: string): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(scryptWork);
  return iterable(await encrypter.encrypt(webStream(plain)));
}

/**
 * Decrypts while it is read. Each piece is authentic, and the last one is known as such: what was altered, cut off or
 * lengthened ends in an error.
 *
 * @throws when it was encrypted with another passphrase, or is no file of age.
 */
export async function decrypted(secret: Bytes, passphrase: string): Promise<Bytes> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  return iterable(await decrypter.decrypt(webStream(secret)));
}

const webStream = (bytes: Bytes): ReadableStream<Uint8Array> => {
  const iterator = bytes[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
};

/** What Node's streams are and the types of browsers' do not say. */
const iterable = (stream: ReadableStream<Uint8Array>): Bytes => stream as unknown as Bytes;
