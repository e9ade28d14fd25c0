/**
 * The registry that an image is of, by the name under which the Docker provider looks for its credentials:
 * `parseImageOptions` of https://github.com/kreuzwerker/terraform-provider-docker, which is another than Docker's own rule
 * where a name has three parts.
 */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const isHost = rest.length > 1 || (rest.length === 1 && /[.:]|^localhost$/.test(first));
  return isHost ? first : "registry-1.docker.io";
}
