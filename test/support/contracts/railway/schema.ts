/** The part of Railway's schema that is used, with the types and names of the fields as it publishes them. */
import type { GraphqlContract } from "../graphql.ts";
import { flag, object, oneOf, type Schema, text } from "../contract.ts";

const mapOf = (schema: Schema): Schema => ({ type: "object", additionalProperties: schema });
const none: Schema = { type: "null" };
const regions = ["us-west2", "us-east4-eqdc4a", "europe-west4-drams3a", "asia-southeast1-eqsg3a"];
const multiRegionConfig: Schema = {
  type: "object",
  propertyNames: oneOf(...regions),
  additionalProperties: object({ numReplicas: { type: "integer", minimum: 1 } }, ["numReplicas"]),
};

/** https://github.com/railwayapp/cli, src/controllers/config/environment.rs, 2026-08-21; of each struct what is used. */
const environmentConfig = object({
  services: mapOf(
    object({
      variables: mapOf(object({ value: { anyOf: [text, none] } })),
      deploy: object({ multiRegionConfig }),
      volumeMounts: mapOf(object({ mountPath: text })),
      networking: object({ tcpProxies: mapOf(object({})) }),
    }),
  ),
  buckets: mapOf(object({ region: oneOf("sjc", "iad", "ams", "sin"), isCreated: flag, isDeleted: flag })),
});

export const contract: GraphqlContract = {
  source: "https://github.com/railwayapp/cli/blob/master/src/gql/schema.json (2026-08-21)",
  readAt: "2026-11-26",
  path: "/graphql/v2",
  scalars: {
    EnvironmentConfig: environmentConfig,
    EnvironmentVariables: mapOf(text),
    JSON: multiRegionConfig,
  },
  schema: `
    scalar DateTime
    scalar EnvironmentConfig
    scalar EnvironmentVariables
    scalar JSON
    type Query {
      bucketS3Credentials(bucketId: String!, environmentId: String!, projectId: String!): [BucketS3CompatibleCredentials!]!
      customDomain(id: String!, projectId: String!): CustomDomain!
      domains(environmentId: String!, projectId: String!, serviceId: String!): AllDomains!
      environment(id: String!, projectId: String): Environment!
      project(id: String!): Project!
      projects(after: String, first: Int, workspaceId: String): QueryProjectsConnection!
      serviceInstance(environmentId: String!, serviceId: String!): ServiceInstance!
      tcpProxies(environmentId: String!, serviceId: String!): [TCPProxy!]!
      volumeInstance(id: String!): VolumeInstance!
    }
    type Mutation {
      bucketCreate(input: BucketCreateInput!): Bucket!
      customDomainCreate(input: CustomDomainCreateInput!): CustomDomain!
      customDomainDelete(id: String!): Boolean!
      customDomainUpdate(environmentId: String!, id: String!, targetPort: Int): Boolean!
      environmentPatchCommit(commitMessage: String, environmentId: String!, patch: EnvironmentConfig): String!
      projectCreate(input: ProjectCreateInput!): Project!
      projectDelete(id: String!): Boolean!
      projectUpdate(id: String!, input: ProjectUpdateInput!): Project!
      serviceCreate(input: ServiceCreateInput!): Service!
      serviceDelete(environmentId: String, id: String!): Boolean!
      serviceDomainCreate(input: ServiceDomainCreateInput!): ServiceDomain!
      serviceDomainDelete(id: String!): Boolean!
      serviceDomainUpdate(input: ServiceDomainUpdateInput!): Boolean!
      serviceInstanceDeployV2(commitSha: String, environmentId: String!, serviceId: String!): String!
      serviceInstanceUpdate(environmentId: String, input: ServiceInstanceUpdateInput!, serviceId: String!): Boolean!
      tcpProxyDelete(id: String!): Boolean!
      variableCollectionUpsert(input: VariableCollectionUpsertInput!): Boolean!
      volumeCreate(input: VolumeCreateInput!): Volume!
      volumeDelete(volumeId: String!): Boolean!
      volumeInstanceUpdate(environmentId: String, input: VolumeInstanceUpdateInput!, volumeId: String!): Boolean!
      volumeUpdate(input: VolumeUpdateInput!, volumeId: String!): Volume!
    }
    type PageInfo { endCursor: String, hasNextPage: Boolean! }
    type QueryProjectsConnection { edges: [QueryProjectsConnectionEdge!]!, pageInfo: PageInfo! }
    type QueryProjectsConnectionEdge { cursor: String!, node: Project! }
    type Project {
      buckets(after: String, first: Int): ProjectBucketsConnection!
      deletedAt: DateTime
      id: ID!
      name: String!
      primaryEnvironmentId: String
      services(after: String, first: Int): ProjectServicesConnection!
      workspaceId: String
    }
    input ProjectCreateInput {
      defaultEnvironmentName: String
      description: String
      isMonorepo: Boolean
      isPublic: Boolean
      name: String
      prDeploys: Boolean
      workspaceId: String
    }
    input ProjectUpdateInput { description: String, isPublic: Boolean, name: String, prDeploys: Boolean }
    type Environment {
      config(decryptVariables: Boolean): EnvironmentConfig!
      deletedAt: DateTime
      volumeInstances(after: String, first: Int): EnvironmentVolumeInstancesConnection!
    }
    type ProjectServicesConnection { edges: [ProjectServicesConnectionEdge!]!, pageInfo: PageInfo! }
    type ProjectServicesConnectionEdge { cursor: String!, node: Service! }
    type Service { deletedAt: DateTime, id: ID!, name: String! }
    input ServiceCreateInput {
      branch: String
      environmentId: String
      icon: String
      name: String
      projectId: String!
      registryCredentials: RegistryCredentialsInput
      source: ServiceSourceInput
      variables: EnvironmentVariables
    }
    input RegistryCredentialsInput { password: String!, username: String! }
    input ServiceSourceInput { image: String, repo: String }
    type ServiceSource { image: String, repo: String }
    enum RestartPolicyType { ALWAYS, NEVER, ON_FAILURE }
    enum DeploymentStatus {
      BUILDING
      CRASHED
      DEPLOYING
      FAILED
      INITIALIZING
      NEEDS_APPROVAL
      QUEUED
      REMOVED
      REMOVING
      SKIPPED
      SLEEPING
      SUCCESS
      WAITING
    }
    type Deployment {
      deploymentStopped: Boolean!
      id: ID!
      instances: [DeploymentDeploymentInstance!]!
      projectId: String!
      status: DeploymentStatus!
    }
    enum DeploymentInstanceStatus {
      CRASHED
      CREATED
      EXITED
      INITIALIZING
      REMOVED
      REMOVING
      RESTARTING
      RUNNING
      SKIPPED
      STOPPED
    }
    type DeploymentDeploymentInstance { id: String!, status: DeploymentInstanceStatus! }
    type ServiceInstance {
      deletedAt: DateTime
      domains: AllDomains!
      drainingSeconds: Int
      environmentId: String!
      healthcheckPath: String
      healthcheckTimeout: Int
      latestDeployment: Deployment
      overlapSeconds: Int
      restartPolicyMaxRetries: Int!
      restartPolicyType: RestartPolicyType!
      serviceId: String!
      serviceName: String!
      source: ServiceSource
      startCommand: String
    }
    input ServiceInstanceUpdateInput {
      buildCommand: String
      cronSchedule: String
      drainingSeconds: Int
      healthcheckPath: String
      healthcheckTimeout: Int
      ipv6EgressEnabled: Boolean
      multiRegionConfig: JSON
      numReplicas: Int
      overlapSeconds: Int
      preDeployCommand: [String!]
      region: String
      registryCredentials: RegistryCredentialsInput
      restartPolicyMaxRetries: Int
      restartPolicyType: RestartPolicyType
      sleepApplication: Boolean
      source: ServiceSourceInput
      startCommand: String
    }
    input VariableCollectionUpsertInput {
      environmentId: String!
      projectId: String!
      replace: Boolean = false
      serviceId: String
      skipDeploys: Boolean = false
      variables: EnvironmentVariables!
    }
    type AllDomains { customDomains: [CustomDomain!]!, serviceDomains: [ServiceDomain!]! }
    type ServiceDomain { domain: String!, id: ID!, targetPort: Int }
    input ServiceDomainCreateInput { environmentId: String!, serviceId: String!, targetPort: Int }
    input ServiceDomainUpdateInput {
      domain: String!
      environmentId: String!
      serviceDomainId: String!
      serviceId: String!
      targetPort: Int
    }
    type CustomDomain {
      deletedAt: DateTime
      domain: String!
      environmentId: String!
      id: ID!
      serviceId: String!
      status: CustomDomainStatus!
      targetPort: Int
    }
    input CustomDomainCreateInput {
      domain: String!
      environmentId: String!
      projectId: String!
      serviceId: String!
      targetPort: Int
    }
    type CustomDomainStatus {
      dnsRecords: [DNSRecords!]!
      verificationDnsHost: String
      verificationToken: String
    }
    enum DNSRecordPurpose {
      DNS_RECORD_PURPOSE_ACME_DNS01_CHALLENGE
      DNS_RECORD_PURPOSE_TRAFFIC_ROUTE
      DNS_RECORD_PURPOSE_UNSPECIFIED
      UNRECOGNIZED
    }
    type DNSRecords { purpose: DNSRecordPurpose!, requiredValue: String!, zone: String! }
    type TCPProxy { applicationPort: Int!, domain: String!, id: ID!, proxyPort: Int! }
    enum VolumeState { DELETED, DELETING, ERROR, MIGRATING, MIGRATION_PENDING, READY, RESTORING, UPDATING }
    type Volume {
      id: ID!
      name: String!
      projectId: String!
      volumeInstances(after: String, first: Int): VolumeVolumeInstancesConnection!
        @deprecated(reason: "Use environment.volumeInstances for properly scoped access control")
    }
    type VolumeVolumeInstancesConnection {
      edges: [VolumeVolumeInstancesConnectionEdge!]!
      pageInfo: PageInfo!
    }
    type VolumeVolumeInstancesConnectionEdge { cursor: String!, node: VolumeInstance! }
    type EnvironmentVolumeInstancesConnection {
      edges: [EnvironmentVolumeInstancesConnectionEdge!]!
      pageInfo: PageInfo!
    }
    type EnvironmentVolumeInstancesConnectionEdge { cursor: String!, node: VolumeInstance! }
    type VolumeInstance {
      deletedAt: DateTime
      environmentId: String!
      id: ID!
      isPendingDeletion: Boolean!
      mountPath: String!
      region: String
      serviceId: String
      state: VolumeState
      volume: Volume!
      volumeId: String!
    }
    input VolumeCreateInput {
      environmentId: String
      mountPath: String!
      projectId: String!
      region: String
      serviceId: String
    }
    input VolumeUpdateInput { name: String }
    input VolumeInstanceUpdateInput { mountPath: String, serviceId: String, state: VolumeState }
    type ProjectBucketsConnection { edges: [ProjectBucketsConnectionEdge!]!, pageInfo: PageInfo! }
    type ProjectBucketsConnectionEdge { cursor: String!, node: Bucket! }
    type Bucket { id: ID!, name: String! }
    input BucketCreateInput { environmentId: String, name: String, projectId: String! }
    type BucketS3CompatibleCredentials {
      accessKeyId: String!
      bucketName: String!
      endpoint: String!
      region: String!
      secretAccessKey: String!
      urlStyle: String!
    }
  `,
};
