import type { RecordedResource, Recording } from "../plan/record.ts";
import type { Circumstances, Finding, Rule } from "./rule.ts";
import { podsOf } from "./kubernetes/pods.ts";
import { at, containersOf, runningOf } from "./values.ts";

/** Nearest: checkov CKV_K8S_13, trivy KSV-0018, and CIS Docker on limited memory usage. */
export const memoryLimit: Rule = {
  says: "Every container has a memory limit.",
  severity: "error",
  check: (recording) => [
    ...containersOf(recording)
      .filter(({ inputs: { memory } }) => memory === undefined || memory === null || memory === 0)
      .map((resource) => ({
        resource,
        message: "may use all of the machine's memory; give it `memory`, in MB",
      })),
    ...podsOf(recording)
      .filter(({ containers }) =>
        containers.some((container) => at(container, "resources", "limits", "memory") === undefined),
      )
      .map(({ resource }) => ({
        resource,
        message: "may use all of its node's memory; give each container `resources.limits.memory`",
      })),
  ],
};

/**
 * Built from this repository: its tag is made of its content, and it is loaded onto the engine instead of pulled, so that
 * there is neither a digest nor a registry that could hand out another image under the tag.
 */
const built = /^testfarm-(app|web):[0-9a-f]{12}$/;

const imagesOf = (
  recording: Recording,
): { readonly resource: RecordedResource; readonly image: unknown }[] => [
  ...runningOf(recording).map((resource) => ({ resource, image: resource.inputs["image"] })),
  ...podsOf(recording).flatMap(({ resource, containers }) =>
    containers.map(({ image }) => ({ resource, image })),
  ),
];

const withoutDigest = (
  recording: Recording,
  matches: (image: string) => boolean,
): { readonly resource: RecordedResource; readonly image: string }[] =>
  imagesOf(recording).flatMap(({ resource, image }) => {
    if (typeof image !== "string" || /(@|^)sha256:/.test(image) || built.test(image)) return [];
    return matches(image) ? [{ resource, image }] : [];
  });

const finding = ({ resource, image }: ReturnType<typeof withoutDigest>[number], fix: string): Finding => ({
  resource,
  message: `runs ${image}, whose tag can be given to another image; ${fix}`,
});

const isOwn =
  ({ images }: Circumstances) =>
  (image: string): boolean =>
    images.includes(image);

/** Nearest: checkov CKV_K8S_43, CKV_DOCKER_7. */
export const ownImage: Rule = {
  says: "Images of the application that are pulled are named by digest, except on tier local.",
  severity: "error",
  check: (recording, circumstances) =>
    circumstances.tier === "local"
      ? []
      : withoutDigest(recording, isOwn(circumstances)).map((each) =>
          finding(each, "name it in testfarm:image as name@sha256:..., which `docker push` prints"),
        ),
};

/** Nearest: checkov CKV_K8S_43, CKV_DOCKER_7. */
export const thirdPartyImage: Rule = {
  says: "Images of others are named by digest.",
  severity: "warning",
  check: (recording, circumstances) => {
    const own = isOwn(circumstances);
    return withoutDigest(recording, (image) => !own(image)).map((each) =>
      finding(
        each,
        "name it as name:tag@sha256:..., which `npm run pin-images` does on a machine that reaches the registry",
      ),
    );
  },
};
