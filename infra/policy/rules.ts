import { databaseTls } from "./addresses.ts";
import { bucketPublic, clusterOpen, clusterUnpatched, clusterWeak, cloudDatabaseOpen } from "./clouds.ts";
import { thirdPartyImage, memoryLimit, ownImage } from "./containers.ts";
import { backup, encryption, kept } from "./data.ts";
import { databasePort, firewallPort, sshSource } from "./exposure.ts";
import { defaultNamespace, openNamespace } from "./kubernetes/namespaces.ts";
import { disruption, podProbes, rbacWildcard } from "./kubernetes/operation.ts";
import { podToken, podUnrestricted, secretInEnvironment } from "./kubernetes/restriction.ts";
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
  "pod-unrestricted": podUnrestricted,
  "pod-with-cluster-token": podToken,
  "pod-without-probes": podProbes,
  "secret-in-environment": secretInEnvironment,
  "namespace-default": defaultNamespace,
  "namespace-open": openNamespace,
  "disruption-unbounded": disruption,
  "rbac-wildcard": rbacWildcard,
  "cluster-open-to-world": clusterOpen,
  "cluster-weak": clusterWeak,
  "cloud-database-open": cloudDatabaseOpen,
  "bucket-public": bucketPublic,
  "cluster-unpatched": clusterUnpatched,
  "volume-unencrypted": encryption,
  "third-party-image-without-digest": thirdPartyImage,
  "backup-missing": backup,
};
