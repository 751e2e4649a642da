{{/* The container. In another chart: {{ include "doorward.sidecar" .Subcharts.doorward | nindent 8 }} */}}
{{- define "doorward.sidecar" -}}
- name: doorward
  image: {{ if .Values.image.digest }}{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}{{ else }}{{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}{{ end }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [serve, --config, /etc/doorward/config/doorward.yaml]
  ports:
    - { name: http, containerPort: 8080 }
    - { name: admin, containerPort: 9090 }
  startupProbe:
    httpGet: { path: /livez, port: admin }
    periodSeconds: 1
    failureThreshold: 30
  readinessProbe:
    httpGet: { path: /readyz, port: admin }
    periodSeconds: 3
    timeoutSeconds: 2
    failureThreshold: 2
  livenessProbe:
    httpGet: { path: /livez, port: admin }
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 3
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities: { drop: [ALL] }
    seccompProfile: { type: RuntimeDefault }
  volumeMounts:
    - { name: doorward-config, mountPath: /etc/doorward/config, readOnly: true }
    - { name: doorward-tenants, mountPath: /etc/doorward/tenants, readOnly: true }
    - { name: doorward-secrets, mountPath: /etc/doorward/secrets, readOnly: true }
{{- end -}}

{{/* What the container mounts. The pod's securityContext has to say fsGroup: 65532, or the secrets cannot be read. */}}
{{- define "doorward.volumes" -}}
- name: doorward-config
  configMap: { name: {{ include "doorward.fullname" . }}-config }
- name: doorward-tenants
  configMap: { name: {{ include "doorward.fullname" . }}-tenants }
- name: doorward-secrets
  secret:
    secretName: {{ .Values.secretName }}
    defaultMode: 0440
    items:
      {{- $redis := ternary (list "redis-password") list .Values.redis.enabled }}
      {{- range concat $redis .Values.secretFiles | uniq }}
      - { key: {{ . | quote }}, path: {{ . | quote }} }
      {{- end }}
{{- end -}}

{{/* For the app's container: it hears of the end only when Doorward has stopped forwarding. */}}
{{- define "doorward.appLifecycle" -}}
preStop:
  sleep:
    seconds: {{ add .Values.drainDelaySeconds .Values.timeoutSeconds }}
{{- end -}}
