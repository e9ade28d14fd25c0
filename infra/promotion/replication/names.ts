/** `fwd`: from the source to the target. `rev`: back, once the target is served. */
export type Direction = "fwd" | "rev";

/** By which publication, subscription and slot of a promotion are known: `tf_fwd_0f3a91c2`. */
export const replicationName = (direction: Direction, run: string): string =>
  `tf_${direction}_${run.replaceAll("-", "").slice(0, 8).toLowerCase()}`;

/** Such a name, of whatever promotion. */
export const isOurs = (name: string): boolean => /^tf_(fwd|rev)_[\da-f]{8}$/.test(name);
