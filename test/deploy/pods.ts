import type { Manifest } from './renderings.js'

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number }
  readonly tcpSocket?: { readonly port: string | number }
  readonly exec?: object
}

/** What these tests read of a container. */
export interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } }
  readonly resources: { readonly limits: object; readonly requests: object }
  readonly securityContext: SecurityContext
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly subPath?: string
  }[]
}

interface SecurityContext {
  readonly runAsNonRoot?: boolean
  readonly runAsUser?: number
  readonly allowPrivilegeEscalation?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly privileged?: boolean
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
  readonly seccompProfile?: { readonly type: string }
}

/** Something that makes pods, and what they are. */
export interface Workload {
  readonly name: string
  readonly replicas: number
  readonly selector: Labels
  readonly labels: Labels
  readonly pod: {
    readonly containers: readonly Container[]
    readonly initContainers?: readonly Container[]
    readonly volumes: readonly Volume[]
    readonly securityContext: SecurityContext & { readonly fsGroup?: number }
    readonly terminationGracePeriodSeconds: number
    readonly automountServiceAccountToken?: boolean
    readonly enableServiceLinks?: boolean
    readonly hostNetwork?: boolean
    readonly hostPID?: boolean
    readonly hostIPC?: boolean
  }
  /** Names of the volumes that its StatefulSet claims. */
  readonly claims: readonly string[]
}

interface Volume {
  readonly name: string
  readonly configMap?: { readonly name: string }
  readonly secret?: { readonly secretName: string; readonly items: readonly { readonly path: string }[] }
  readonly emptyDir?: object
}

/** Labels of an object, or those that a selector asks for. */
export type Labels = Readonly<Record<string, string>>

interface WorkloadSpec {
  readonly replicas?: number
  readonly selector: { readonly matchLabels: Labels }
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: Workload['pod'] }
  readonly volumeClaimTemplates?: readonly Manifest[]
}

/** The Deployments and StatefulSets among manifests. */
export function workloadsIn(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map(({ metadata, spec }) => {
      const { replicas = 1, selector, template, volumeClaimTemplates = [] } = spec as WorkloadSpec
      return {
        name: metadata.name,
        replicas,
        selector: selector.matchLabels,
        labels: template.metadata.labels,
        pod: template.spec,
        claims: volumeClaimTemplates.map((claim) => claim.metadata.name),
      }
    })
}

/** Whether labels are those that a selector asks for. */
export function matches(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}
