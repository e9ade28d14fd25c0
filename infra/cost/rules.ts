import type { RecordedResource, Recording } from "../plan/record.ts";
import { awsRules } from "./aws.ts";
import { azureRules } from "./azure.ts";
import { databaseRules, supabaseAccount } from "./databases.ts";
import { doksRules } from "./doks.ts";
import { flyRules } from "./fly.ts";
import { gcpRules } from "./gcp.ts";
import { hosts } from "./hosts.ts";
import { netlifyAccount, pageRules } from "./pages.ts";
import { railwayAccount, railwayRules } from "./railway.ts";
import { renderAccount, renderRules } from "./render.ts";
import type { Charge, Rule, Rules } from "./rule.ts";

/** By vendor: what is paid for an account, however much a stack has there. Others bill by the piece alone. */
const accounts: Rules = {
  netlify: netlifyAccount,
  railway: railwayAccount,
  render: renderAccount,
  supabase: supabaseAccount,
};

/** A provider of our own resources is an account at a vendor. */
const account: Rule = (resource, recording) => {
  const { vendor } = resource.inputs;
  const rule = typeof vendor === "string" && Object.hasOwn(accounts, vendor) ? accounts[vendor] : undefined;
  return rule?.(resource, recording) ?? [];
};

const rules: Rules = {
  ...hosts,
  ...awsRules,
  ...azureRules,
  ...doksRules,
  ...gcpRules,
  ...databaseRules,
  ...flyRules,
  ...pageRules,
  ...railwayRules,
  ...renderRules,
  "pulumi:providers:testfarm": account,
};

/** Beginnings of the types whose resources live on what is paid for elsewhere, or nowhere at all. */
const unbilled = [
  "command:",
  "docker:",
  "kubernetes:",
  "pulumi:",
  "random:",
  "testfarm:docker:",
  "testfarm:ssh:",
];

/** @returns nothing for what nobody bills: components, containers, passwords, commands. */
export function chargesFor(resource: RecordedResource, recording: Recording): readonly Charge[] {
  const { type, custom } = resource;
  if (!custom) return [];
  const rule = Object.hasOwn(rules, type) ? rules[type] : undefined;
  if (rule) return [rule(resource, recording)].flat();
  return unbilled.some((beginning) => type.startsWith(beginning)) ? [] : [{ item: type, unknown: true }];
}
