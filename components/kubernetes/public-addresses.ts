/** Every address of IPv4. */
export const anywhere = "0.0.0.0/0";

/** Where clouds serve their own machines: link-local with the metadata and their keys, and Azure's metadata and name service. */
export const ofClouds = ["169.254.0.0/16", "168.63.129.16/32"] as const;

/**
 * Ranges of IPv4 that are nobody's on the Internet, or serve the machines inside a cloud: private, loopback, carrier-grade NAT,
 * benchmarking, multicast, reserved, and the clouds' own.
 */
export const notPublic = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
  ...ofClouds,
] as const;
