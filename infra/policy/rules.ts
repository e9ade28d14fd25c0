import { databaseTls } from "./addresses.ts";
import { thirdPartyImage, memoryLimit, ownImage } from "./containers.ts";
import { backup, encryption, kept } from "./data.ts";
import { databasePort, firewallPort, sshSource } from "./exposure.ts";
import type { RuleId } from "./ids.ts";
import type { Rule } from "./rule.ts";
import { secretInClear } from "./secrets.ts";
import { plainHttp } from "./tls.ts";

export const rules: { readonly [Id in RuleId]: Rule } = {
  "secret-in-clear": secretInClear,
  "database-port-published": databasePort,
  "database-without-tls": databaseTls,
  "firewall-port-open": firewallPort,
  "ssh-open-to-world": sshSource,
  "plain-http-site": plainHttp,
  "data-not-kept": kept,
  "own-image-without-digest": ownImage,
  "memory-unlimited": memoryLimit,
  "volume-unencrypted": encryption,
  "third-party-image-without-digest": thirdPartyImage,
  "backup-missing": backup,
};
