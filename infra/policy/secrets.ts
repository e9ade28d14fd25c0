import { type RecordedResource, type Recording, Secret, Unknown, type Value } from "../plan/record.ts";
import type { Finding, Rule } from "./rule.ts";
import { isMapping } from "./values.ts";

/** Shorter texts stand in other places by chance. */
const shortest = 8;
const password = "random:index/randomPassword:RandomPassword";

/** Nearest: checkov CKV_SECRET_6, CKV_K8S_35, trivy's secret scanner, which look for what has the form of a secret. */
export const secretInClear: Rule = {
  says: "What is secret in one place is secret in all, and so is what is called a password, token, secret or key.",
  severity: "error",
  across: true,
  check(recording) {
    const secrets = secretTexts(recording);
    return recording.resources.flatMap((resource) => {
      const revealed = placesOf(resource, (text) => secrets.some((secret) => holds(text, secret)));
      const named = placesOf(
        resource,
        (text, name) => (text !== "" && isSecretName(name)) || hasPassword(text),
      );
      const derived = fromPasswords(resource, recording);
      return [...new Set([...revealed, ...named, ...derived])].map((place): Finding => {
        return { resource, message: `has a secret in clear in ${place}; wrap it in pulumi.secret` };
      });
    });
  },
};

/** Texts that are secret by themselves; a list is secret as a whole when one of its elements is. */
function secretTexts({ resources, outputs }: Recording): string[] {
  const texts = new Set<string>();
  const visit = (value: Value): void => {
    if (value instanceof Secret) {
      const content = value.reveal();
      if (typeof content === "string" && content.length >= shortest) texts.add(content);
    } else if (Array.isArray(value)) value.forEach(visit);
    else if (isMapping(value)) Object.values(value).forEach(visit);
  };
  for (const values of [...resources.map(({ inputs }) => inputs), outputs])
    Object.values(values).forEach(visit);
  return [...texts];
}

const holds = (text: string, secret: string): boolean =>
  [secret, encodeURIComponent(secret)].some((form) => text.includes(form)) ||
  (text.match(/[A-Za-z0-9+/]{8,}={0,2}/g) ?? []).some((each) =>
    Buffer.from(each, "base64").toString("utf8").includes(secret),
  );

/** Places of clear text, as `envs[2]`; a line `NAME=value` has that name. */
function placesOf({ inputs }: RecordedResource, matches: (text: string, name: string) => boolean): string[] {
  const search = (value: Value, name: string, place: string): string[] => {
    if (typeof value === "string") {
      const [, variable, text] = /^([A-Za-z_]\w*)=(.*)$/s.exec(value) ?? [];
      return matches(value, name) || (variable !== undefined && matches(text ?? "", variable)) ? [place] : [];
    }
    if (Array.isArray(value)) return value.flatMap((each, index) => search(each, name, `${place}[${index}]`));
    if (!isMapping(value)) return [];
    return Object.entries(value).flatMap(([key, each]) => search(each, key, `${place}.${key}`));
  };
  return Object.entries(inputs).flatMap(([name, value]) => search(value, name, name));
}

/** An address in which somebody's password stands. */
const hasPassword = (text: string): boolean => /^\w+:\/\/[^/?#\s@:]*:[^/?#\s@]+@/.test(text);

/** A chart's name for the Secret object that holds it, and EC2's switch for metadata. */
const named = new Set(["existingConfigSecret", "existingSecret", "httpTokens"]);

/** Not what says where a secret is, or how it is kept; the name of a file is none. */
const isSecretName = (name: string): boolean =>
  !named.has(name) &&
  /^[^/]*(password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key)s?$/i.test(name);

/** Inputs made of a generated password that hold no secret any more: somebody has called it none. */
function fromPasswords({ inputs, dataFlow }: RecordedResource, { resources }: Recording): string[] {
  const passwords = new Set(resources.filter(({ type }) => type === password).map(({ key }) => key));
  return Object.entries(dataFlow)
    .filter(([input, sources]) => sources.some((key) => passwords.has(key)) && isClear(inputs[input] ?? null))
    .map(([input]) => input);
}

const isClear = (value: Value): boolean => {
  if (value instanceof Secret || value instanceof Unknown) return false;
  if (Array.isArray(value)) return value.every(isClear);
  return isMapping(value) ? Object.values(value).every(isClear) : true;
};
