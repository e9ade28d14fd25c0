/**
 * Ranges of IPv4 that are nobody's on the Internet, or serve the machines inside a cloud: private, loopback, link-local with
 * the clouds' metadata, carrier-grade NAT, benchmarking, multicast, reserved, and Azure's metadata and name service.
 */
export const notPublic = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "168.63.129.16/32",
] as const;
