/** The host's key is taken on the first contact and has to stay the same from then on. */
export const sshOptions: readonly string[] = ["-o", "StrictHostKeyChecking=accept-new"];
